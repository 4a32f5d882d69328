package feedbackgen

// KindImagined is the kind of problems that the model made from given ones.
const KindImagined Kind = "imagined"

// Imagined is a problem that the policy made from given ones, with the answer that most of its own
// independent solutions agree on: a row for trainers that draw their own completions. The agreement
// is no proof; how large it is stands in the feedback.
type Imagined struct {
	Prompt Content `json:"prompt"`
	// Answer is the one agreed on; it is in no prompt.
	Answer   string           `json:"answer"`
	Feedback ImaginedFeedback `json:"feedback"`
}

// Kind is [KindImagined].
func (Imagined) Kind() Kind { return KindImagined }

// ImaginedFeedback is what is known of an imagined problem. How it is solved (the provenance's
// ProblemPasses and ProblemRollouts) comes from other solutions than those that agreed on the answer.
type ImaginedFeedback struct {
	Provenance
	// Text is the problem as the model wrote it.
	Text string `json:"text"`
	// Way is how it was made of its parents: "rephrase", "numbers", "invert" or "combine".
	Way string `json:"way"`
	// State is what the solutions say of the difficulty, such as "active".
	State string `json:"state"`
	// WritingPrompts is a digest of the prompt files that asked for the problem.
	WritingPrompts string `json:"writing_prompts"`
	// Seed drew the problem.
	Seed int64 `json:"seed"`
}
