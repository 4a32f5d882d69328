package feedbackgen

import "math/bits"

// idSet holds 64-bit hashes of ids, and nothing else of them: 9 to 14 bytes each. Equal hashes need
// not mean equal ids; whoever finds one looks again.
//
// It is open addressing with linear probing, in many small tables, so that growing one of them
// never needs twice the memory of all.
type idSet struct {
	tables [256]idTable
	// hash is replaced in tests, to make hashes collide.
	hash func(string) uint64
}

type idTable struct {
	slots []uint64 // 0 is an empty slot
	used  int
}

// add adds an id and reports whether its hash was there before.
func (s *idSet) add(id string) bool {
	hash := s.hash(id)
	if hash == 0 {
		hash = 1
	}
	return s.tables[hash>>56].add(hash)
}

func (t *idTable) add(hash uint64) bool {
	if (t.used+1)*8 > len(t.slots)*7 {
		old := t.slots
		t.slots = make([]uint64, max(16, len(old)+len(old)/2))
		for _, h := range old {
			if h != 0 {
				t.put(h)
			}
		}
	}
	if t.put(hash) {
		return true
	}
	t.used++
	return false
}

// put reports whether the hash is there already, and else puts it into the first free slot.
func (t *idTable) put(hash uint64) bool {
	// The high byte chose the table; what is below it, as a fraction of 1, says where to begin.
	high, _ := bits.Mul64(hash<<8, uint64(len(t.slots)))
	for i := int(high); ; {
		switch t.slots[i] {
		case 0:
			t.slots[i] = hash
			return false
		case hash:
			return true
		}
		if i++; i == len(t.slots) {
			i = 0
		}
	}
}

// hashID is 64-bit FNV-1a, stirred (the finalizer of MurmurHash3) because FNV leaves the high bits
// of short texts alike.
func hashID(id string) uint64 {
	hash := uint64(14695981039346656037)
	for i := range len(id) {
		hash = (hash ^ uint64(id[i])) * 1099511628211
	}
	hash = (hash ^ hash>>33) * 0xff51afd7ed558ccd
	hash = (hash ^ hash>>33) * 0xc4ceb9fe1a85ec53
	return hash ^ hash>>33
}
