package feedbackgen

// The kinds of record, each the base name of its file.
const (
	KindPreference Kind = "preferences"
	KindStepwise   Kind = "steps"
	KindGroup      Kind = "groups"
	KindSFT        Kind = "sft"
)

// Kinds holds an empty record of every kind, in the order in which files are written and listed.
// Schemas, dataset cards and readers are made from it.
func Kinds() []Record {
	return []Record{
		Preference{},
		Stepwise{},
		Group{},
		SFT{},
		Assessment{},
		Evaluation{},
		FirstAttempt{},
		Episode{},
		Turn{},
		Correction{},
		Task{},
		Challenge{},
		Verdict{},
		RLPrompt{},
		Round{},
		Skills{},
		Imagined{},
		Value{},
		Advantage{},
		CorrectionSeed{},
		Tree{},
	}
}

// Preference is TRL's preference with an explicit prompt: of two completions of one prompt, the
// one to prefer.
type Preference struct {
	Prompt   Content            `json:"prompt"`
	Chosen   Content            `json:"chosen"`
	Rejected Content            `json:"rejected"`
	Feedback PreferenceFeedback `json:"feedback"`
}

// Kind is [KindPreference].
func (Preference) Kind() Kind { return KindPreference }

// Types of preference.
const (
	// SiblingPair: two next steps of one partial solution, each to its end.
	SiblingPair = "sibling"
	// FirstWrongPair: as a sibling pair, whose rejected step is the first wrong one of its solution
	// (Step-DPO, arXiv:2406.18629). Those that are sibling pairs already are not written twice; the
	// chosen step may stand in several.
	FirstWrongPair = "first-wrong-step"
	// PathPair: two whole solutions, drawn independently.
	PathPair = "path"
	// CorrectionPair: two second answers to the same second turn.
	CorrectionPair = "correction"
)

// PreferenceFeedback is what is known of a preference.
type PreferenceFeedback struct {
	Provenance
	// Type is [SiblingPair], [FirstWrongPair], [PathPair] or [CorrectionPair].
	Type string `json:"type"`
	// FirstWrong says that the rejected step is the first wrong one of its solution, as far as the draws
	// show: some draws ended right from what comes before it, and none of those that went through it,
	// which are enough for a low value. Whoever wants pairs for Step-DPO takes these.
	FirstWrong bool `json:"first_wrong"`
	// Probability is P(chosen is better than rejected) on the posterior that gated the pair.
	Probability Real `json:"probability"`
	// Depth counts the steps that both sides share.
	Depth int `json:"depth"`
	// SharedBytes is the length of the part of the completion, in bytes, that both sides share.
	SharedBytes int  `json:"shared_bytes"`
	Chosen      Side `json:"chosen"`
	Rejected    Side `json:"rejected"`
}

// Side is the evidence for one side of a preference.
type Side struct {
	// Node is the side's path in the tree.
	Node string `json:"node"`
	// Step is the text in which the sides first differ: one step of a sibling pair, all of a path.
	Step string `json:"step"`
	// Value is the posterior mean of the chance to end right from here.
	Value Real `json:"value"`
	// Passes of Rollouts ended right: of the judged draws that came through this node or began at it
	// by the policy's own choice. What the search drew further down, where it looked good, is not
	// among them; invalid ones and errors count in neither.
	Passes   int `json:"passes"`
	Rollouts int `json:"rollouts"`
	// Multiplicity is how often the policy itself drew this step here.
	Multiplicity int `json:"multiplicity"`
	// Visits counts all that went through the node, also what the search drew further down; left out
	// of what is in no tree.
	Visits int `json:"visits,omitempty"`
	// TokenProbability is the geometric mean of the probabilities of the tokens of Step; left out where it
	// is not known.
	TokenProbability Real `json:"token_probability,omitempty"`
	// Answer is what the side's completion answers, and Outcome whether that is right.
	Answer  string  `json:"answer"`
	Outcome Outcome `json:"outcome"`
	// Seed drew the last sampled part of the completion.
	Seed int64 `json:"seed"`
}

// Stepwise is TRL's stepwise supervision: a solution in steps, and for each whether it is right.
type Stepwise struct {
	Prompt      string   `json:"prompt"`
	Completions []string `json:"completions"`
	// Labels are hard: right if some draw through the step ended right.
	Labels []bool `json:"labels"`
	// SoftLabels are posterior means of the chance to end right after the step, for trainers that take
	// a probability.
	SoftLabels []Real           `json:"soft_labels"`
	Feedback   StepwiseFeedback `json:"feedback"`
}

// Kind is [KindStepwise].
func (Stepwise) Kind() Kind { return KindStepwise }

// StepwiseFeedback is what is known of each step; all lists have one entry a step.
type StepwiseFeedback struct {
	Provenance
	// Passes of Rollouts ended right, of the policy's own draws through or from the step; Visits counts
	// all that went through it.
	Passes   []int `json:"passes"`
	Rollouts []int `json:"rollouts"`
	Visits   []int `json:"visits"`
	// TokenProbabilities are geometric means over each step's tokens; left out if one is not known.
	TokenProbabilities []Real `json:"token_probabilities,omitempty"`
	// Outcome and Answer are the whole solution's; of steps that no answer follows they are "abstain" and
	// empty: the labels then rest on other solutions that begin with these steps, Passes of Rollouts.
	Answer  string  `json:"answer"`
	Outcome Outcome `json:"outcome"`
	Seed    int64   `json:"seed"`
}

// Group is several independent completions of one prompt, for group-relative training (GRPO).
// It is our own format: no trainer reads rewards from a file.
type Group struct {
	Prompt      Content       `json:"prompt"`
	Completions []Content     `json:"completions"`
	Rewards     []Real        `json:"rewards"`
	Advantages  []Real        `json:"advantages"`
	Feedback    GroupFeedback `json:"feedback"`
}

// Kind is [KindGroup].
func (Group) Kind() Kind { return KindGroup }

// GroupFeedback is what is known of a group; all lists have one entry a completion.
type GroupFeedback struct {
	Provenance
	// Rate is the share of right completions among those that could be judged.
	Rate Real `json:"rate"`
	// Left counts the completions of the draw that are not in the group, because they are invalid
	// or nobody could judge them. They are missing from the group, not wrong.
	Left int `json:"left_out"`
	// AnswerEnds are the bytes of each completion that are its answer; what follows is what the model
	// says of it.
	AnswerEnds []int     `json:"answer_ends"`
	Answers    []string  `json:"answers"`
	Outcomes   []Outcome `json:"outcomes"`
	Seeds      []int64   `json:"seeds"`
	// Nodes are the completions' places in a tree, where there is one.
	Nodes []string `json:"nodes,omitempty"`
	// TokenProbabilities are geometric means over each completion's tokens; left out if one is not known.
	TokenProbabilities []Real `json:"token_probabilities,omitempty"`
}

// SFT is TRL's prompt-completion: a verified solution to imitate.
type SFT struct {
	Prompt     Content     `json:"prompt"`
	Completion Content     `json:"completion"`
	Feedback   SFTFeedback `json:"feedback"`
}

// Kind is [KindSFT].
func (SFT) Kind() Kind { return KindSFT }

// SFTFeedback is what is known of the solution.
type SFTFeedback struct {
	Provenance
	Answer  string  `json:"answer"`
	Outcome Outcome `json:"outcome"`
	// Value is the posterior mean at the solution's last open node: how sure the policy is of it.
	Value Real `json:"value"`
	// Depth counts the solution's steps, and Visits all that ended in it; left out of what is in no tree.
	Depth  int `json:"depth,omitempty"`
	Visits int `json:"visits,omitempty"`
	// TokenProbabilities are geometric means over each step's tokens; left out if one is not known.
	TokenProbabilities []Real `json:"token_probabilities,omitempty"`
	Seed               int64  `json:"seed"`
}
