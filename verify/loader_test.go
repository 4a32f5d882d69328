package verify

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

const (
	pass, fail, abstain, invalid = feedbackgen.Pass, feedbackgen.Fail, feedbackgen.Abstain, feedbackgen.Invalid

	personSchema = `{"type":"object","required":["name","age"],"additionalProperties":false,
		"properties":{"name":{"type":"string","minLength":1},"age":{"type":"integer","minimum":0}}}`

	// Says yes or no to its answer's length; has no opinion on poems; fails, loops and lies on demand.
	lengthCheck = `
def check(completion, answer):
    if "poem" in completion:
        return None
    if "loop" in completion:
        while True:
            pass
    if "busy" in completion:
        for i in range(1000000000):
            completion.find("never")
    if "fail" in completion:
        fail("on purpose")
    if "lie" in completion:
        return 1
    return len(completion.split()) == int(answer or "3")
`
)

func loader(programs bool) *Loader {
	return &Loader{Programs: programs, Files: fstest.MapFS{
		"person.json":     {Data: []byte(personSchema)},
		"length.star":     {Data: []byte(lengthCheck)},
		"load.star":       {Data: []byte("load('x', 'y')\ndef check(completion, answer): return True")},
		"forever.star":    {Data: []byte("while True: pass")},
		"nothing.star":    {Data: []byte("x = 1")},
		"one.star":        {Data: []byte("def check(completion): return True")},
		"broken.star":     {Data: []byte("def check(")},
		"broken.json":     {Data: []byte("{")},
		"remote.json":     {Data: []byte(`{"$ref":"https://example.com/schema"}`)},
		"typo.json":       {Data: []byte(`{"properties":{"type":{"type":"string"},"a/b":{"enum":[{"type":"any"}],"anyOf":[true,{"type":"nubmer"}]}}}`)},
		"types.json":      {Data: []byte(`{"type":["string","text"]}`)},
		"first.wasm":      {Data: firstByteIs1},
		"broken.wasm":     {Data: []byte("\x00asm")},
		"recursion.star":  {Data: []byte("def check(completion, answer): return check(completion, answer)")},
		"expression.star": {Data: []byte("def check(completion, answer): return eval(completion)")},
	}}
}

type judged struct {
	name, completion, gold string
	outcome                feedbackgen.Outcome
	detail                 string // the answer, or the reason
}

func judgeAll(t *testing.T, cases []judged) {
	t.Helper()
	l := loader(true)
	for _, c := range cases {
		v, err := l.Load(c.name)
		if err != nil {
			t.Fatal(err)
		}
		got := v.Verify(c.completion, false, c.gold)
		if got.Outcome != c.outcome || c.detail != "" && got.Answer+got.Reason != c.detail {
			t.Errorf("%s on %.60q against %q: %+v, want %s %s", c.name, c.completion, c.gold, got, c.outcome, c.detail)
		}
		if (got.Outcome == invalid) != (got.Reason != "") {
			t.Errorf("%s on %.60q: %+v", c.name, c.completion, got)
		}
		if answer, ok := v.Extract(c.completion); got.Outcome.IsLabel() && (!ok || answer != got.Answer) {
			t.Errorf("%s extracts %q from %.60q, and judges %+v", c.name, answer, c.completion, got)
		}
		if cut := v.Verify(c.completion, true, c.gold); cut.Outcome != invalid || cut.Reason != ReasonTruncated {
			t.Errorf("%s, truncated: %+v", c.name, cut)
		}
	}
}

func TestSchema(t *testing.T) {
	const ann = `{"age":7,"name":"Ann"}`
	judgeAll(t, []judged{
		{"jsonschema:person.json", `{"name": "Ann", "age": 7}`, "", pass, ann},
		{"jsonschema:person.json", "Here it is:\n```json\n{\"name\": \"Ann\",\n \"age\": 7.0}\n```\nDone.", "", pass, ann},
		{"jsonschema:person.json", "```\n{}\n```\nNo:\n```\n{\"name\":\"Ann\",\"age\":7}\n```", "", pass, ann},
		{"jsonschema:person.json", `{"name":"Ann","age":7}`, `{"age": 7e0, "name": "Ann"}`, pass, ann},
		{"jsonschema:person.json", `{"name":"Ann","age":7}`, `{"age": 8, "name": "Ann"}`, fail, ann},
		{"jsonschema:person.json", `{"name":"Ann"}`, "", fail, `{"name":"Ann"}`},
		{"jsonschema:person.json", `{"name":"Ann","age":-1}`, "", fail, ""},
		{"jsonschema:person.json", `{"name":"Ann","age":7,"x":0}`, "", fail, ""},
		{"jsonschema:person.json", `[]`, "", fail, `[]`},
		{"jsonschema:person.json", `{"name":"Ann","age":7} {}`, "", invalid, ReasonUnreadable},
		{"jsonschema:person.json", `Ann is 7.`, "", invalid, ReasonUnreadable},
		{"jsonschema:person.json", "```json\nAnn\n```", "", invalid, ReasonUnreadable},
		{"jsonschema:person.json", ``, "", invalid, ReasonNone},
		{"jsonschema:person.json", `<think>{"name":"Ann","age":7}`, "", invalid, ReasonThinking},
		{"jsonschema:person.json", `<think>{}</think>{"name":"Ann","age":7}`, "", pass, ann},
		{"jsonschema:person.json", `{"name":"` + strings.Repeat("n", 5*maxJSON) + `","age":7}`, "", invalid, ReasonTooLong},
		{"jsonschema:person.json", `{"name":"Ann","age":7}`, "{}", invalid, ReasonGold},
		{"jsonschema:person.json", strings.Repeat("[", 20_000), "", invalid, ReasonUnreadable},
	})
}

func TestStarlark(t *testing.T) {
	judgeAll(t, []judged{
		{"starlark:length.star", "one two three", "", pass, "one two three"},
		{"starlark:length.star", "one two", "2", pass, "one two"},
		{"starlark:length.star", "one two", "3", fail, "one two"},
		{"starlark:length.star", "<think>much ado</think>one two", "2", pass, ""},
		{"starlark:length.star", "a poem", "2", abstain, "a poem"},
		{"starlark:length.star", "loop", "2", invalid, ReasonCheckSteps},
		{"starlark:length.star", "fail", "2", invalid, ReasonCheckFailed},
		{"starlark:length.star", "one", "two", invalid, ReasonCheckFailed},
		{"starlark:length.star", "lie", "2", invalid, ReasonCheckResult},
		{"starlark:length.star", "", "2", invalid, ReasonNone},
		{"starlark:length.star", "<think>one two", "2", invalid, ReasonThinking},
		{"starlark:length.star", "one\ntwo\nthree", "3", pass, ""},
		{"starlark:recursion.star", "one", "", invalid, ReasonCheckFailed},
	})
}

// Issue: a check that never ends ends all the same, on long texts, too.
func TestStarlarkNeverHangs(t *testing.T) {
	v, err := loader(false).Load("starlark:length.star")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for _, text := range []string{"loop", "busy", "busy" + strings.Repeat(" and so on", 1000)} {
		if got := v.Verify(text, false, "3"); got.Outcome != invalid || got.Reason != ReasonCheckSteps {
			t.Errorf("%.20q: %+v", text, got)
		}
	}
	if took := time.Since(start); took > maxCheckTime {
		t.Errorf("it took %v", took)
	}
}

// firstByteIs1 is a WASI program: it reads its input, exits with 0 if that begins with "1", with 1
// if with "0", with 7 if with "7", loops for ever if with "L", and traps otherwise. In WebAssembly's text format:
//
//	(module
//	  (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
//	  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
//	  (memory (export "memory") 1)
//	  (func (export "_start") (local i32)
//	    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 1))
//	    (drop (call 0 (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
//	    (local.set 0 (i32.load8_u (i32.const 16)))
//	    (if (i32.eq (local.get 0) (i32.const 76)) (then (loop (br 0))))
//	    (if (i32.eq (local.get 0) (i32.const 49)) (then (call 1 (i32.const 0))))
//	    (if (i32.eq (local.get 0) (i32.const 48)) (then (call 1 (i32.const 1))))
//	    (if (i32.eq (local.get 0) (i32.const 55)) (then (call 1 (i32.const 7))))
//	    unreachable))
var firstByteIs1 = assemble()

func assemble() []byte {
	section := func(id byte, content ...byte) []byte { return append([]byte{id, byte(len(content))}, content...) }
	name := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	imported := func(function string, signature byte) []byte {
		return slices.Concat(name("wasi_snapshot_preview1"), name(function), []byte{0, signature})
	}
	exitIf := func(char byte, then ...byte) []byte {
		// i32.const takes a signed LEB128: from 64 on two bytes.
		constant := []byte{0x41, char}
		if char >= 64 {
			constant = []byte{0x41, char | 0x80, 0}
		}
		return slices.Concat([]byte{0x20, 0}, constant, []byte{0x46, 0x04, 0x40}, then, []byte{0x0b})
	}
	body := slices.Concat(
		[]byte{1, 1, 0x7f},                             // one local
		[]byte{0x41, 0, 0x41, 16, 0x36, 2, 0},          // mem[0] = 16
		[]byte{0x41, 4, 0x41, 1, 0x36, 2, 0},           // mem[4] = 1
		[]byte{0x41, 0, 0x41, 0, 0x41, 1, 0x41, 8},     // 0, 0, 1, 8
		[]byte{0x10, 0, 0x1a},                          // call fd_read, drop
		[]byte{0x41, 16, 0x2d, 0, 0, 0x21, 0},          // local = mem[16]
		exitIf('L', 0x03, 0x40, 0x0c, 0, 0x0b),         // loop
		exitIf('1', 0x41, 0, 0x10, 1),                  // proc_exit
		exitIf('0', 0x41, 1, 0x10, 1),                  //
		exitIf('7', 0x41, 7, 0x10, 1), []byte{0, 0x0b}, // unreachable, end
	)
	// Sizes are one byte up to 127; the code section is larger.
	wide := func(n int) []byte { return []byte{byte(n) | 0x80, byte(n >> 7)} }
	code := slices.Concat([]byte{1}, wide(len(body)), body)
	return slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, 3, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 0, 0x60, 0, 0),
		section(2, slices.Concat([]byte{2}, imported("fd_read", 0), imported("proc_exit", 1))...),
		section(3, 1, 2),
		section(5, 1, 0, 1),
		section(7, slices.Concat([]byte{2}, name("memory"), []byte{2, 0}, name("_start"), []byte{0, 2})...),
		slices.Concat([]byte{10}, wide(len(code)), code),
	)
}

func TestProgram(t *testing.T) {
	judgeAll(t, []judged{
		{"program:first.wasm", "1", "", pass, "1"},
		{"program:first.wasm", "0", "5", fail, "0"},
		{"program:first.wasm", "7", "", invalid, ReasonCheckResult},
		{"program:first.wasm", "x", "", invalid, ReasonCheckFailed},
		{"program:first.wasm", "<think>0</think>1", "", pass, ""},
	})
}

func TestProgramThatLoopsIsStopped(t *testing.T) {
	v, err := limitedProgram("program:first.wasm", firstByteIs1, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	program := v.(check)
	if got := program.run("L", ""); got.Outcome != invalid || got.Reason != ReasonCheckTime {
		t.Errorf("%+v", got)
	}
	if got := program.run("1", ""); got.Outcome != pass {
		t.Errorf("after that: %+v", got)
	}
}

// What broke is told in one line that is fit to be printed, whatever a model made the check say.
func TestChecksThatBreakSayHow(t *testing.T) {
	files := fstest.MapFS{
		"calls.star": {Data: []byte("def check(completion, answer):\n  return helper(completion)\ndef helper(text):\n  fail(text)\n")},
		"lies.star":  {Data: []byte("def check(completion, answer):\n  return 1\n")},
		"x.wasm":     {Data: firstByteIs1},
	}
	loader := &Loader{Files: files, Programs: true}
	for _, c := range []struct{ verifier, completion, want string }{
		{"starlark:calls.star", "the moon", "calls.star:4:7: fail: the moon"},
		{"starlark:lies.star", "the moon", "lies.star:1:1 returns a int, not True, False or None"},
		{"program:x.wasm", "7", "the program exits with 7, which is neither 0 nor 1"},
		{"program:x.wasm", "x", "module[] function[_start] failed: wasm error: unreachable"},
	} {
		v, err := loader.Load(c.verifier)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Verify(c.completion, false, ""); got.Fault != c.want {
			t.Errorf("%s says %q, want %q", c.verifier, got.Fault, c.want)
		}
	}
	v, err := loader.Load("starlark:calls.star")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		got := v.Verify("x"+rapid.String().Draw(rt, "text"), false, "")
		if got.Reason != ReasonCheckFailed || utf8.RuneCountInString(got.Fault) > longestFault || strings.ContainsFunc(got.Fault, unicode.IsControl) {
			rt.Errorf("%+v", got)
		}
	})
}

func TestLoaderSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"jsonschema:", "no file"},
		{"jsonschema:none.json", "not exist"},
		{"jsonschema:broken.json", "JSON"},
		{"jsonschema:remote.json", "one file"},
		{"jsonschema:typo.json", `at /properties/a~1b/anyOf/1/type: there is no type "nubmer"; there are array, boolean,`},
		{"jsonschema:types.json", `at /type: there is no type "text"`},
		{"starlark:broken.star", "broken.star:1"},
		{"starlark:load.star", "load"},
		{"starlark:forever.star", "steps"},
		{"starlark:nothing.star", "def check(completion, answer)"},
		{"starlark:one.star", "def check(completion, answer)"},
		{"starlark:expression.star", "eval"},
		{"starlark:length.star@000000000000", "digest"},
		{"starlark:../length.star", "check the path"},
		{"program:broken.wasm", "GOOS=wasip1"},
		{"guess:x", "starlark:FILE"},
	} {
		if _, err := loader(true).Load(c.name); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := loader(false).Load("program:first.wasm"); err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("programs: %v", err)
	}
	if _, err := New("starlark:length.star"); err == nil || !strings.Contains(err.Error(), "Loader") {
		t.Errorf("without files: %v", err)
	}
}

// A name with its digest makes the same verifier again, and no other.
func TestNamesHoldTheDigest(t *testing.T) {
	l := loader(true)
	for _, name := range []string{"starlark:length.star", "jsonschema:person.json", "program:first.wasm"} {
		v, err := l.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := l.Load(v.Name()); err != nil || again.Name() != v.Name() || !strings.HasPrefix(v.Name(), name+"@") {
			t.Errorf("%s: %v, %v", name, again, err)
		}
		if !CanJudge(v, feedbackgen.Problem{}) || v.CheckGold("") != nil {
			t.Errorf("%s needs an answer", name)
		}
	}
	if got := l.Loaded(); len(got) != 3 || !slices.IsSorted(got) {
		t.Errorf("loaded: %v", got)
	}
	if CanJudge(number{}, feedbackgen.Problem{}) || !CanJudge(number{}, feedbackgen.Problem{Answer: "1"}) {
		t.Error("number needs an answer")
	}
}

func TestLoadedVerifiersAreSafeForConcurrentUse(t *testing.T) {
	l := loader(true)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for name, text := range map[string]string{"starlark:length.star": "1 2 3", "jsonschema:person.json": `{"name":"Ann","age":7}`, "program:first.wasm": "1"} {
				v, err := l.Load(name)
				if err != nil {
					t.Error(err)
					return
				}
				if got := v.Verify(text, false, ""); got.Outcome != pass {
					t.Errorf("%d, %s: %+v", i, name, got)
				}
			}
		})
	}
	all.Wait()
}

func ExampleLoader() {
	files := fstest.MapFS{"even.star": {Data: []byte(`
def check(completion, answer):
    last = completion.split()[-1]
    return int(last) % 2 == 0 if last.isdigit() else None
`)}}
	l := Loader{Files: files}
	even, err := l.Load("starlark:even.star")
	if err != nil {
		panic(err)
	}
	fmt.Println(even.Name())
	for _, completion := range []string{"It is 4", "It is 5", "It is five"} {
		fmt.Println(even.Verify(completion, false, "").Outcome)
	}
	// Output:
	// starlark:even.star@ebc62b8f2608
	// pass
	// fail
	// abstain
}
