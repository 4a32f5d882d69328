package feedbackgen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/feedbackgen/feedbackgen"

// floors says how high each top-level folder stands; the root package is the ground. A file imports
// its own folder and what stands lower; a test may also import what stands level.
func floors() map[string]int {
	return map[string]int{
		".":        0,
		"backends": 1, "verify": 1, "measure": 1, "environments": 1, "internal": 1,
		"guard": 2,
		"mcts":  modules, "selfplay": modules, "postcomp": modules,
		"store":  4,
		"export": 5,
		"run":    6,
		"serve":  7, "evals": 7,
		"cmd": 8, "examples": 8, "scripts": 8,
	}
}

// modules is the floor of the modules, which never import each other, not even in tests.
const modules = 3

// checkImport says what is wrong with an import between top-level folders, or "".
func checkImport(from, to string, isTest bool) string {
	all := floors()
	low, known := all[to]
	if !known {
		return fmt.Sprintf("the top-level folder %s has no floor: add it to floors in floors_test.go", to)
	}
	high, known := all[from]
	switch {
	case !known:
		return fmt.Sprintf("the top-level folder %s has no floor: add it to floors in floors_test.go", from)
	case from == to || low < high:
		return ""
	case low > high:
		return fmt.Sprintf("%s (floor %d) imports %s (floor %d): an import never points up", from, high, to, low)
	case high == modules:
		return fmt.Sprintf("%s imports %s: modules never import each other", from, to)
	case to == "cmd":
		return fmt.Sprintf("%s imports cmd: nothing does", from)
	case !isTest:
		return fmt.Sprintf("%s imports %s, which stands level with it: only tests may", from, to)
	}
	return ""
}

func TestImportsNeverPointUp(t *testing.T) {
	seen := 0
	for _, file := range goFiles(t) {
		from := topFolder(path.Dir(file.path))
		if problem := checkImport(from, from, false); problem != "" {
			t.Errorf("%s: %s", file.path, problem)
			continue
		}
		for _, spec := range file.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: %v", file.path, err)
			}
			inside, ok := strings.CutPrefix(imported+"/", module+"/")
			if !ok {
				continue
			}
			seen++
			to := topFolder(strings.TrimSuffix(inside, "/"))
			if problem := checkImport(from, to, file.isTest()); problem != "" {
				t.Errorf("%s: %s", file.path, problem)
			}
		}
	}
	if seen == 0 {
		t.Fatal("not one import of our own was seen: the walk is broken")
	}
}

// The rule itself, on imports that the house does not have.
func TestImportRule(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		isTest   bool
		want     string
	}{
		{"backends", ".", false, ""},
		{"backends", "backends", false, ""},
		{"mcts", "verify", false, ""},
		{"run", "export", false, ""},
		{"cmd", "serve", false, ""},
		{"examples", "mcts", false, ""},
		{"backends", "verify", true, ""},
		{"backends", "verify", false, "level"},
		{"backends", "mcts", true, "points up"},
		{".", "backends", true, "points up"},
		{"mcts", "postcomp", true, "modules never"},
		{"selfplay", "mcts", false, "modules never"},
		{"store", "export", false, "points up"},
		{"examples", "cmd", true, "nothing does"},
		{"mcts", "toolbox", false, "no floor"},
		{"toolbox", ".", false, "no floor"},
	} {
		got := checkImport(tt.from, tt.to, tt.isTest)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s imports %s (test: %v): %q, want %q", tt.from, tt.to, tt.isTest, got, tt.want)
		}
	}
}

func TestHouseRules(t *testing.T) {
	for _, file := range goFiles(t) {
		for _, problem := range houseRules(file) {
			t.Errorf("%s: %s", file.path, problem)
		}
	}
}

// The rules themselves, on a file that breaks every one.
func TestHouseRulesFindOffences(t *testing.T) {
	bad := parse(t, "bad/bad_test.go", `package helpers
		func init() {}
		func TestX(t *testing.T) { t.SkipNow(); t.Skip(); t.Skip("because"); os.Exit(1); log.Fatalf("x") }`)
	if got := houseRules(bad); len(got) != 6 {
		t.Errorf("found %d offences, want 6: %q", len(got), got)
	}
	good := parse(t, "good/main.go", `package main
		func (x T) init() {}
		func main() { log.Fatal(1) }`)
	if got := houseRules(good); len(got) != 0 {
		t.Errorf("false alarm: %q", got)
	}
}

func houseRules(file goFile) []string {
	var found []string
	name := strings.TrimSuffix(file.syntax.Name.Name, "_test")
	if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, name) {
		found = append(found, fmt.Sprintf("package %s says nothing about what is in it", name))
	}
	ast.Inspect(file.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				found = append(found, "func init: nothing happens because a package is imported")
			}
		case *ast.CallExpr:
			selector, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			receiver, _ := selector.X.(*ast.Ident)
			call := selector.Sel.Name
			switch {
			case receiver == nil:
			case name != "main" && (receiver.Name == "os" && call == "Exit" ||
				receiver.Name == "log" && strings.HasPrefix(call, "Fatal")):
				found = append(found, receiver.Name+"."+call+": only programs (package main) end the process")
			case file.isTest() && (call == "SkipNow" || call == "Skip" && len(n.Args) == 0):
				found = append(found, receiver.Name+"."+call+": a test that is skipped says why")
			}
		}
		return true
	})
	return found
}

type goFile struct {
	path   string // from the repository's root, with slashes
	syntax *ast.File
}

func (f goFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata" || name == "bin") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(base, ".go") {
			files = append(files, parse(t, filepath.ToSlash(name), nil))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// parse reads one file; source is nil to read it from disk.
func parse(t *testing.T, name string, source any) goFile {
	t.Helper()
	syntax, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return goFile{path: name, syntax: syntax}
}

// topFolder is the first element of a folder's path, "." for the root's.
func topFolder(folder string) string {
	if folder == "" || folder == "." {
		return "."
	}
	top, _, _ := strings.Cut(folder, "/")
	return top
}
