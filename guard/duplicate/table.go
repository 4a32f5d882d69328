package duplicate

// records are kept in chunks, so that growing neither copies nor leaves room unused.
type records struct {
	chunks []*[chunkSize]record
	n      int
}

const (
	chunkSize = 1024
	// maxRecords is as many as fit beside a band into 32 bits.
	maxRecords = 1 << 28
)

func (r *records) len() int { return r.n }

func (r *records) at(i int) *record { return &r.chunks[i/chunkSize][i%chunkSize] }

func (r *records) add(one *record) int {
	if r.n%chunkSize == 0 {
		r.chunks = append(r.chunks, new([chunkSize]record))
	}
	r.n++
	*r.at(r.n - 1) = *one
	return r.n - 1
}

// table finds the records by their bands: hash tables with open addressing, five bytes an entry. It is
// cut into shards that grow one by one, because a table that is copied is there twice.
type table struct {
	records *records
	shards  [shards]shard
}

const (
	shards = 64
	// crowd is as many records as are filed under one hash. What is worded alike in most of its n-grams,
	// such as completions that all hold the same long passage, would else be compared with all of its kind.
	crowd = 64
)

type shard struct {
	tags    []byte   // a byte of the entry's hash, 0 where there is none
	entries []uint32 // record<<3 | band
	used    int
}

func newTable(r *records) *table { return &table{records: r} }

// split takes a hash apart: the shard, the place in it as a fraction of 2^32, and the tag.
func split(hash uint64) (at int, place uint64, tag byte) {
	return int(hash % shards), hash >> 32, max(1, byte(hash>>8))
}

// candidates are the records that may be filed under a hash.
func (t *table) candidates(hash uint64) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		at, place, tag := split(hash)
		s := &t.shards[at]
		size := len(s.tags)
		if size == 0 {
			return
		}
		for i := int(place * uint64(size) >> 32); s.tags[i] != 0; {
			if s.tags[i] == tag && !yield(int(s.entries[i]>>3)) {
				return
			}
			if i++; i == size {
				i = 0
			}
		}
	}
}

// add files a record under one of its bands, unless there is a crowd already: then it can only be
// found by its other bands.
func (t *table) add(record, band int) {
	at, place, tag := split(t.records.at(record).band(band))
	s := &t.shards[at]
	if 5*(s.used+1) > 4*len(s.tags) {
		t.grow(s)
	}
	s.put(place, tag, uint32(record<<3|band))
}

func (s *shard) put(place uint64, tag byte, entry uint32) {
	size, alike := len(s.tags), 0
	i := int(place * uint64(size) >> 32)
	for s.tags[i] != 0 {
		if s.tags[i] == tag {
			alike++
		}
		if i++; i == size {
			i = 0
		}
	}
	if alike < crowd {
		s.tags[i], s.entries[i] = tag, entry
		s.used++
	}
}

// grow makes room for half as many entries again: the table is between 8/15 and 4/5 full.
func (t *table) grow(s *shard) {
	size := max(16, len(s.tags)*3/2)
	larger := shard{tags: make([]byte, size), entries: make([]uint32, size)}
	for i, tag := range s.tags {
		if tag != 0 {
			entry := s.entries[i]
			_, place, _ := split(t.records.at(int(entry >> 3)).band(int(entry & 7)))
			larger.put(place, tag, entry)
		}
	}
	*s = larger
}
