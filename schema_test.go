package feedbackgen_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/feedbackgen/feedbackgen"
)

var update = flag.Bool("update", false, "rewrite the checked-in JSON schemas")

// The schemas that are checked in are those of the Go types as they are now.
func TestSchemas(t *testing.T) {
	docs := readDocs(t)
	var names []string
	for _, record := range feedbackgen.Kinds() {
		schema := schemaOf(t, record, docs)
		want, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		name := string(record.Kind()) + ".schema.json"
		names = append(names, name)
		path := filepath.Join("schemas", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(want), string(feedbackgen.Schema(record.Kind()))); diff != "" {
			t.Errorf("%s is out of date, run make generate (-want +got):\n%s", path, diff)
		}
	}
	entries, err := os.ReadDir("schemas")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(names, entry.Name()) {
			t.Errorf("schemas/%s belongs to no kind of record: remove it", entry.Name())
		}
	}
	if feedbackgen.Schema("no-such-kind") != nil {
		t.Error("a kind that does not exist has a schema")
	}
}

// Records as modules make them are valid, and what a trainer would stumble over is not.
func TestRecordsMatchTheirSchema(t *testing.T) {
	for _, record := range exampleRecords() {
		line, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, record.Kind(), line); err != nil {
			t.Errorf("%s: %v\n%s", record.Kind(), err, line)
		}
	}
	for _, tt := range []struct{ name, old, new string }{
		{"missing column", `"chosen":[`, `"chozen":[`},
		{"null list", `"prompt":[{"role":"user","content":"1+1?"}]`, `"prompt":null`},
		{"no messages", `"prompt":[{"role":"user","content":"1+1?"}]`, `"prompt":[]`},
		{"message without content", `"content":"1+1?"`, `"thinking":"1+1?"`},
		{"unknown outcome", `"outcome":"fail"`, `"outcome":"wrong"`},
		{"text for a number", `"probability":0.97`, `"probability":"0.97"`},
		{"fraction for a count", `"rollouts":4`, `"rollouts":4.5`},
		{"unknown key", `"depth":1`, `"depth":1,"height":2`},
	} {
		line, err := json.Marshal(exampleRecords()[0])
		if err != nil {
			t.Fatal(err)
		}
		broken := strings.Replace(string(line), tt.old, tt.new, 1)
		if broken == string(line) {
			t.Fatalf("%s: nothing to replace in %s", tt.name, line)
		}
		if err := validate(t, feedbackgen.KindPreference, []byte(broken)); err == nil {
			t.Errorf("%s: the schema takes it: %s", tt.name, broken)
		}
	}
}

func validate(t *testing.T, kind feedbackgen.Kind, line []byte) error {
	t.Helper()
	var schema jsonschema.Schema
	if err := json.Unmarshal(feedbackgen.Schema(kind), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(line, &value); err != nil {
		t.Fatal(err)
	}
	return resolved.Validate(value)
}

func exampleRecords() []feedbackgen.Record {
	provenance := feedbackgen.Provenance{
		Problem: "p1", Module: "mcts", Node: "0.1",
		Policy:   feedbackgen.Policy{Backend: "ollama", Model: "smollm2", Digest: "sha256:ab"},
		Sampling: feedbackgen.Sampling{Temperature: 0.8, TopP: 1, MaxTokens: 256, Seed: 1},
		Prompts:  "sha256:cd", Continuation: "native", Verifier: "number",
	}
	side := feedbackgen.Side{Node: "0.1", Step: "2", Value: 0.9, Passes: 4, Rollouts: 4, Multiplicity: 2, Answer: "2", Outcome: feedbackgen.Pass, Seed: 5}
	other := feedbackgen.Side{Node: "0.2", Step: "3", Value: 0.1, Passes: 0, Rollouts: 4, Multiplicity: 1, Answer: "3", Outcome: feedbackgen.Fail, Seed: 6}
	prompt := feedbackgen.Conversation(feedbackgen.User("1+1?"))
	thought := feedbackgen.Message{Role: feedbackgen.RoleAssistant, Content: "2", Thinking: "one and one"}
	return []feedbackgen.Record{
		feedbackgen.Preference{
			Prompt: prompt, Chosen: feedbackgen.Conversation(thought), Rejected: feedbackgen.Conversation(feedbackgen.Assistant("3")),
			Feedback: feedbackgen.PreferenceFeedback{Provenance: provenance, Type: feedbackgen.SiblingPair, Probability: 0.97, Depth: 1, Chosen: side, Rejected: other},
		},
		feedbackgen.Preference{
			Prompt: feedbackgen.Text("1+1="), Chosen: feedbackgen.Text("2"), Rejected: feedbackgen.Text("3"),
			Feedback: feedbackgen.PreferenceFeedback{Provenance: provenance, Type: feedbackgen.PathPair, Probability: 1, Chosen: side, Rejected: other},
		},
		feedbackgen.Stepwise{
			Prompt: "1+1?", Completions: []string{"1+1", "is 2"}, Labels: []bool{true, true}, SoftLabels: []feedbackgen.Real{0.5, 1},
			Feedback: feedbackgen.StepwiseFeedback{Provenance: provenance, Passes: []int{2, 4}, Rollouts: []int{4, 4}, Visits: []int{9, 4}, Answer: "2", Outcome: feedbackgen.Pass},
		},
		feedbackgen.Group{
			Prompt: prompt, Completions: []feedbackgen.Content{feedbackgen.Conversation(feedbackgen.Assistant("2"))},
			Rewards: []feedbackgen.Real{1}, Advantages: []feedbackgen.Real{0},
			Feedback: feedbackgen.GroupFeedback{Provenance: provenance, Rate: 1, AnswerEnds: []int{1}, Answers: []string{"2"}, Outcomes: []feedbackgen.Outcome{feedbackgen.Pass}, Seeds: []int64{1}},
		},
		feedbackgen.SFT{
			Prompt: prompt, Completion: feedbackgen.Conversation(feedbackgen.Assistant("2")),
			Feedback: feedbackgen.SFTFeedback{Provenance: provenance, Answer: "2", Outcome: feedbackgen.Pass, Value: 0.9},
		},
		feedbackgen.Assessment{
			Prompt: prompt, Completion: feedbackgen.Conversation(thought),
			Feedback: feedbackgen.AssessmentFeedback{
				Provenance: provenance, Segments: []feedbackgen.Segment{{Role: "answer", Start: 0, End: 1, Loss: true}}, MarkerSource: "forced",
				Answer: "2", Outcome: feedbackgen.Pass, Parsed: true, RewardNames: []string{"accuracy"},
				Predicted: []feedbackgen.Real{0.9}, Truth: []feedbackgen.Real{1}, Confidence: 0.9, ConfidenceKind: "tag",
			},
		},
		feedbackgen.Evaluation{
			Prompt: feedbackgen.Text("1+1=2<assess>"), Completion: feedbackgen.Text("confidence: 0.9"),
			Feedback: feedbackgen.EvaluationFeedback{
				Provenance: provenance, Answer: "2", Outcome: feedbackgen.Pass, Honest: true, Weight: 1, Confidence: 0.9,
				Predicted: []feedbackgen.Real{0.9}, Truth: []feedbackgen.Real{1},
			},
		},
		feedbackgen.FirstAttempt{
			Prompt:   prompt,
			Feedback: feedbackgen.FirstAttemptFeedback{Provenance: provenance, FirstAttemptSource: feedbackgen.OwnAttempt, Attempt: "2", Outcome: feedbackgen.Pass},
		},
		feedbackgen.Episode{
			Prompt: prompt, Completion: feedbackgen.Conversation(thought, feedbackgen.User("Check it."), thought),
			Feedback: feedbackgen.EpisodeFeedback{
				Provenance: provenance, FirstAttemptSource: feedbackgen.OwnAttempt, Answers: []string{"2", "2"},
				Outcomes: []feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Pass}, Rewards: []feedbackgen.Real{1, 1},
				Shaped: []feedbackgen.Real{1, 1}, Advantages: []feedbackgen.Real{0, 0}, Transition: "cc", Seeds: []int64{1, 2},
			},
		},
		feedbackgen.Turn{
			Prompt: prompt, Completion: feedbackgen.Conversation(feedbackgen.Assistant("yes")),
			Feedback: feedbackgen.TurnFeedback{Provenance: provenance, FirstAttemptSource: feedbackgen.OwnAttempt, Role: feedbackgen.RoleVerifier, Reward: 1, Outcome: feedbackgen.Pass, Verdict: "right"},
		},
		feedbackgen.Correction{
			Prompt: prompt, Completion: feedbackgen.Conversation(thought),
			Feedback: feedbackgen.CorrectionFeedback{Provenance: provenance, FirstAttemptSource: feedbackgen.OwnAttempt, Transition: "ic", Answer: "2", Outcome: feedbackgen.Pass},
		},
		feedbackgen.Task{
			Prompt: prompt, Answer: "2",
			Feedback: feedbackgen.TaskFeedback{
				Provenance: provenance, Origin: feedbackgen.Origin{Chain: "open-1", Alarms: []string{}},
				Text: "1+1?", Expression: "1 + 1", Asked: 1, Steps: 1, State: "active", Drawn: 8, Parsed: 7, Judged: 7, Passes: 4,
				Rubrics: []string{"It says 2."}, Quote: "One and one make two.", RubricRates: []feedbackgen.Real{0.57},
				ParsedRate: 0.875, CorrectRate: 0.57, CorrectedRate: 0.57, Score: 0.6, Novel: true, CommonAnswer: "2", MedianLength: 20, Seed: 4,
			},
		},
		feedbackgen.Challenge{
			Prompt: prompt, Completions: []feedbackgen.Content{feedbackgen.Conversation(feedbackgen.Assistant("1+1?\nExpression: 1 + 1"))},
			Rewards: []feedbackgen.Real{0.6}, Advantages: []feedbackgen.Real{0},
			Feedback: feedbackgen.ChallengeFeedback{
				Provenance: provenance, Origin: feedbackgen.Origin{Chain: "open-1", Alarms: []string{}}, Asked: 1,
				Tasks: []string{"open-1.1.0"}, States: []string{"active"}, Similarities: []feedbackgen.Real{0}, Seeds: []int64{4},
			},
		},
		feedbackgen.Verdict{
			Prompt: prompt, Completion: feedbackgen.Conversation(feedbackgen.Assistant("The answer is 2.")), Label: true,
			Feedback: feedbackgen.VerdictFeedback{
				Provenance: provenance, Origin: feedbackgen.Origin{Chain: "harbour", Alarms: []string{}},
				Probability: 0.97, Share: 1, Votes: 2, RubricShares: []feedbackgen.Real{1}, Answer: "2", Outcome: feedbackgen.Pass, Seed: 5,
			},
		},
		feedbackgen.RLPrompt{
			Prompt: prompt, Answer: "2", DataSource: "feedbackgen/selfplay", Ability: "reading",
			RewardModel: feedbackgen.RewardModel{Style: "model", GroundTruth: "2"},
			Feedback: feedbackgen.RLPromptFeedback{
				Provenance: provenance, Origin: feedbackgen.Origin{Chain: "harbour", Alarms: []string{}}, Rubrics: []string{"It says 2."}, Rate: 0.5, Seed: 4,
			},
		},
		feedbackgen.Round{Feedback: feedbackgen.RoundFeedback{
			Provenance: provenance, Origin: feedbackgen.Origin{Chain: "harbour", Alarms: []string{"judge"}}, Reason: "the judge may not be relied on: kappa 0.40 is below 0.60", Judge: "judge", Anchors: 24,
			Kappa: 0.4, KappaLow: 0.1, KappaHigh: 0.7, TPR: 1, TNR: 0.5, Errors: 0.3, Brier: 0.2, Position: -1,
			Unusable: "kappa 0.40 is below 0.60", Proposals: []string{"solver: 1 edits applied"}, TrainingBefore: -1, TrainingAfter: -1, HeldOutBefore: -1, HeldOutAfter: -1,
		}},
		feedbackgen.Skills{Feedback: feedbackgen.SkillsFeedback{
			Provenance: provenance, Origin: feedbackgen.Origin{Chain: "harbour", Alarms: []string{}}, Side: "solver", Version: 1,
			Files: []string{"---\nname: read-twice\ndescription: For numbers.\n---\n\nRead twice.\n"}, Edits: "[]", Chosen: true, Fate: "chosen",
			Reason: "its gain is proven", Pruned: []string{}, Credits: []string{},
		}},
		feedbackgen.Imagined{
			Prompt: prompt, Answer: "2",
			Feedback: feedbackgen.ImaginedFeedback{
				Provenance: provenance, Text: "1+1?", Way: "numbers", State: "active", WritingPrompts: "sha256:ef", Seed: 4,
			},
		},
		feedbackgen.Value{
			Prompt: prompt, Prefix: "1+1\n", Target: 0.625,
			Feedback: feedbackgen.ValueFeedback{Provenance: provenance, Low: 0.3, High: 0.9, Passes: 4, Rollouts: 6, Visits: 9, Depth: 1, TokenProbability: 0.4},
		},
		feedbackgen.Advantage{
			Prompt: prompt, Completion: feedbackgen.Conversation(feedbackgen.Assistant("1+1\nis 2")), StepEnds: []int{4, 8}, Advantages: []feedbackgen.Real{0.25, 1},
			Feedback: feedbackgen.AdvantageFeedback{
				Provenance: provenance, Global: []feedbackgen.Real{0.125, 0.5}, Local: []feedbackgen.Real{0.125, 0.5}, Leaves: []int{1, 1},
				Values: []feedbackgen.Real{0.5, 1}, RootValue: 0.375, Passes: []int{2, 1}, Rollouts: []int{4, 1}, Visits: []int{4, 1},
				Answer: "2", Outcome: feedbackgen.Pass, Seed: 5,
			},
		},
		feedbackgen.CorrectionSeed{
			Prompt: prompt, Attempt: feedbackgen.Conversation(feedbackgen.Assistant("3")), Sibling: feedbackgen.Conversation(feedbackgen.Assistant("2")),
			Feedback: feedbackgen.CorrectionSeedFeedback{Provenance: provenance, Use: feedbackgen.LiveCorrection, Probability: 0.9, Attempt: other, Sibling: side},
		},
		feedbackgen.Tree{
			Prompt: prompt,
			Nodes: []feedbackgen.TreeNode{
				{Path: "0", Parent: -1, Visits: 4, Draws: 4, Passes: 3, Rollouts: 4, Value: 0.7, Outcome: feedbackgen.Abstain},
				{Path: "0.0", Parent: 0, Step: "2", Depth: 1, Visits: 3, Passes: 3, Rollouts: 3, Multiplicity: 3, Value: 1, Terminal: true, Outcome: feedbackgen.Pass, Answer: "2"},
			},
			Feedback: feedbackgen.TreeFeedback{Provenance: provenance},
		},
	}
}

// schemaOf makes the schema of a kind's lines, described by the comments of its Go type.
func schemaOf(t *testing.T, record feedbackgen.Record, docs map[string]string) *jsonschema.Schema {
	t.Helper()
	outcomes := make([]any, len(feedbackgen.Outcomes))
	for i, o := range feedbackgen.Outcomes {
		outcomes[i] = o
	}
	types := map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[feedbackgen.Outcome](): {Type: "string", Enum: outcomes},
	}
	message, err := jsonschema.For[feedbackgen.Message](nil)
	if err != nil {
		t.Fatal(err)
	}
	describe(message, reflect.TypeFor[feedbackgen.Message](), docs)
	types[reflect.TypeFor[feedbackgen.Content]()] = &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "string"},
		{Type: "array", Items: message, MinItems: jsonschema.Ptr(1)},
	}}
	schema, err := jsonschema.ForType(reflect.TypeOf(record), &jsonschema.ForOptions{TypeSchemas: types})
	if err != nil {
		t.Fatal(err)
	}
	describe(schema, reflect.TypeOf(record), docs)
	kind := string(record.Kind())
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.ID = "https://" + module + "/schemas/" + kind + ".schema.json"
	schema.Title = "A line of " + kind + ".jsonl"
	schema.Description = docs[reflect.TypeOf(record).Name()]
	if schema.Description == "" {
		t.Errorf("%T has no comment", record)
	}
	return schema
}

// describe adds the comments of a type's fields to its schema, and takes out null, which is how Go
// writes a nil slice but what no line may hold: Arrow would take the column for one of nulls.
func describe(schema *jsonschema.Schema, typ reflect.Type, docs map[string]string) {
	if i := slices.Index(schema.Types, "null"); i >= 0 {
		schema.Types = slices.Delete(schema.Types, i, i+1)
		if len(schema.Types) == 1 {
			schema.Type, schema.Types = schema.Types[0], nil
		}
	}
	switch typ.Kind() {
	case reflect.Slice:
		describe(schema.Items, typ.Elem(), docs)
	case reflect.Struct:
		for _, field := range reflect.VisibleFields(typ) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			property := schema.Properties[name]
			if property == nil {
				continue // an embedded struct, or one that says in its own words what its JSON is
			}
			owner := typ
			if len(field.Index) > 1 {
				owner = typ.FieldByIndex(field.Index[:len(field.Index)-1]).Type
			}
			property.Description = docs[owner.Name()+"."+field.Name]
			describe(property, field.Type, docs)
		}
	}
}

// readDocs collects the comments of the root package's types and fields, as Type and Type.Field.
func readDocs(t *testing.T) map[string]string {
	t.Helper()
	link := regexp.MustCompile(`\[([A-Z]\w*)\]`)
	clean := func(group *ast.CommentGroup) string {
		return link.ReplaceAllString(strings.Join(strings.Fields(group.Text()), " "), "$1")
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") || !bytes.Contains(source, []byte("\ntype ")) {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range syntax.Decls {
			types, ok := decl.(*ast.GenDecl)
			if !ok || types.Tok != token.TYPE {
				continue
			}
			for _, spec := range types.Specs {
				typ := spec.(*ast.TypeSpec)
				docs[typ.Name.Name] = clean(types.Doc)
				structure, ok := typ.Type.(*ast.StructType)
				if !ok {
					continue
				}
				for _, field := range structure.Fields.List {
					for _, name := range field.Names {
						docs[typ.Name.Name+"."+name.Name] = clean(field.Doc)
					}
				}
			}
		}
	}
	return docs
}
