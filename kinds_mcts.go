package feedbackgen

// The kinds of record that take a whole search tree to make.
const (
	KindValue          Kind = "values"
	KindAdvantage      Kind = "advantages"
	KindCorrectionSeed Kind = "correction_seeds"
	KindTree           Kind = "trees"
)

// Value is a partial solution and how often the policy ends right from it: a target to regress on, for
// whoever trains a critic or a value head.
type Value struct {
	Prompt Content `json:"prompt"`
	// Prefix is the beginning of the assistant's answer, "" for none of it yet.
	Prefix string `json:"prefix"`
	// Target is the posterior mean of the chance that the policy, going on from here, ends right.
	Target   Real          `json:"target"`
	Feedback ValueFeedback `json:"feedback"`
}

// Kind is [KindValue].
func (Value) Kind() Kind { return KindValue }

// ValueFeedback is the evidence for a value.
type ValueFeedback struct {
	Provenance
	// Low and High bound the middle 95 % of the posterior, and the target, which may lie beyond where all
	// but little is at one end.
	Low  Real `json:"low"`
	High Real `json:"high"`
	// Passes of Rollouts ended right, of the policy's own draws through or from the node.
	Passes   int `json:"passes"`
	Rollouts int `json:"rollouts"`
	// Visits counts all that went through the node, also what the search drew further down.
	Visits int `json:"visits"`
	// Depth counts the steps in Prefix.
	Depth int `json:"depth"`
	// TokenProbability is the geometric mean of the probabilities of the last step's tokens; left out
	// where the backend was not asked for them, and where there is no step.
	TokenProbability Real `json:"token_probability,omitempty"`
}

// Advantage is a whole solution with an advantage for each of its steps, from the values before and
// after it (TreeRL, arXiv:2506.11902).
type Advantage struct {
	Prompt     Content `json:"prompt"`
	Completion Content `json:"completion"`
	// StepEnds are the bytes of the completion where its steps end; each begins where the one before
	// it ends.
	StepEnds []int `json:"step_ends"`
	// Advantages have one entry a step, for each of its tokens: (global + local) / sqrt(leaves).
	Advantages []Real            `json:"advantages"`
	Feedback   AdvantageFeedback `json:"feedback"`
}

// Kind is [KindAdvantage].
func (Advantage) Kind() Kind { return KindAdvantage }

// AdvantageFeedback is what the advantages are made of; all lists have one entry a step.
type AdvantageFeedback struct {
	Provenance
	// Global is the value after the step less the whole problem's, Local less the value before the step.
	Global []Real `json:"global"`
	Local  []Real `json:"local"`
	// Leaves counts the problem's lines, before guards, whose solutions go through the step.
	Leaves []int `json:"leaves"`
	// Values are posterior means of the chance to end right after the step, RootValue that before the
	// first.
	Values    []Real `json:"values"`
	RootValue Real   `json:"root_value"`
	// Passes of Rollouts ended right, of the policy's own draws through or from the step; Visits counts
	// all that went through it.
	Passes   []int `json:"passes"`
	Rollouts []int `json:"rollouts"`
	Visits   []int `json:"visits"`
	// TokenProbabilities are geometric means over each step's tokens; left out if one is not known.
	TokenProbabilities []Real  `json:"token_probabilities,omitempty"`
	Answer             string  `json:"answer"`
	Outcome            Outcome `json:"outcome"`
	Seed               int64   `json:"seed"`
}

// LiveCorrection is what a correction seed is for.
const LiveCorrection = "live-correction"

// CorrectionSeed is a wrong solution of the policy's own, beside a right one that begins the same: to
// sample corrections from while training. Neither is to be imitated: models that are trained on
// recorded corrections learn to repeat their first answer (SCoRe, arXiv:2409.12917, section 4).
type CorrectionSeed struct {
	Prompt Content `json:"prompt"`
	// Attempt is the wrong solution, to be corrected by the model that is trained.
	Attempt Content `json:"attempt"`
	// Sibling is a right solution that shares the longest beginning with Attempt.
	Sibling  Content                `json:"sibling"`
	Feedback CorrectionSeedFeedback `json:"feedback"`
}

// Kind is [KindCorrectionSeed].
func (CorrectionSeed) Kind() Kind { return KindCorrectionSeed }

// CorrectionSeedFeedback is what is known of a seed.
type CorrectionSeedFeedback struct {
	Provenance
	// Use is [LiveCorrection]: an example to imitate it is not.
	Use string `json:"use"`
	// Depth counts the steps that both solutions share, SharedBytes their bytes.
	Depth       int `json:"depth"`
	SharedBytes int `json:"shared_bytes"`
	// Probability is P(Sibling's next step is better than Attempt's) on the posterior. It gates nothing:
	// that the one solution is right and the other wrong is known.
	Probability Real `json:"probability"`
	// FirstWrong says that Attempt's next step is shown to be its first wrong one, as a preference's does.
	FirstWrong bool `json:"first_wrong"`
	// Attempt and Sibling are the steps in which they part.
	Attempt Side `json:"attempt"`
	Sibling Side `json:"sibling"`
}

// Tree is the whole tree of one problem, for people and programs that look into a search.
type Tree struct {
	Prompt Content `json:"prompt"`
	// Nodes are in the order in which they were made: the root first, parents before children.
	Nodes    []TreeNode   `json:"nodes"`
	Feedback TreeFeedback `json:"feedback"`
}

// Kind is [KindTree].
func (Tree) Kind() Kind { return KindTree }

// TreeNode is a partial solution.
type TreeNode struct {
	// Path is the node's name in other records, such as "0.2.1".
	Path string `json:"path"`
	// Parent is the index of the node before it in Nodes, -1 for the root.
	Parent int `json:"parent"`
	// Step is what the node adds to its parent; "" for the root.
	Step  string `json:"step"`
	Depth int    `json:"depth"`
	// Visits counts the simulations that went through here, Draws those that began here.
	Visits int `json:"visits"`
	Draws  int `json:"draws"`
	// Passes of Rollouts ended right, of the policy's own draws through or from the node.
	Passes   int `json:"passes"`
	Rollouts int `json:"rollouts"`
	// Multiplicity is how often the policy drew this step here.
	Multiplicity int `json:"multiplicity"`
	// Value is the posterior mean of the chance to end right from here.
	Value Real `json:"value"`
	// Terminal says that the step ends the solution, with Outcome and Answer; of others the outcome is
	// "abstain" and the answer "".
	Terminal bool    `json:"terminal"`
	Outcome  Outcome `json:"outcome"`
	Answer   string  `json:"answer"`
	// TokenProbability is the geometric mean of the probabilities of the step's tokens; left out where
	// it is not known.
	TokenProbability Real `json:"token_probability,omitempty"`
}

// TreeFeedback is where a tree is from. How often the problem is solved stands at the root alone, so
// that guards, which refuse problems that do not suit training, let every tree into its file.
type TreeFeedback struct {
	Provenance
}
