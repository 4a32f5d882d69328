package feedbackgen

// The kinds of record that come from problems which the model wrote itself.
const (
	KindTask      Kind = "tasks"
	KindChallenge Kind = "challenges"
	KindVerdict   Kind = "verdicts"
	KindRLPrompt  Kind = "rl_prompts"
	KindRound     Kind = "rounds"
	KindSkills    Kind = "skills"
)

// Task is a problem that the model wrote and that is well posed, with its right answer: a row for
// trainers that draw their own completions. Every such problem is here, whatever came of it; only
// those whose `feedback.state` is "active" suit the policy, if `feedback.rolled_back` is false.
type Task struct {
	Prompt Content `json:"prompt"`
	// Answer is the right answer: computed from the expression, or the challenger's reference, which the
	// quoted span proves. It is in no prompt of the solver's.
	Answer   string       `json:"answer"`
	Feedback TaskFeedback `json:"feedback"`
}

// Kind is [KindTask].
func (Task) Kind() Kind { return KindTask }

// Origin says where in a loop of self-play something was made.
type Origin struct {
	// Chain is the id of the chain, which is the problem that it began with.
	Chain string `json:"chain"`
	// RolledBack says that an alarm undid the round: nothing of it trains, and the chain ended.
	RolledBack bool `json:"rolled_back"`
	// Alarms are those of the round, empty where all was well.
	Alarms []string `json:"alarms"`
}

// TaskFeedback is what is known of a task. The number of solutions and of right ones are Judged and
// Passes; the fields of the same meaning in the provenance are left at 0, so that guards, which
// refuse what does not suit the policy, let every task into its file.
type TaskFeedback struct {
	Provenance
	Origin
	// Text is the problem as the model wrote it, Expression the calculation that it gave with it; "" for
	// a task about a document.
	Text       string `json:"text"`
	Expression string `json:"expression"`
	// Asked is the difficulty that was asked for, or the part of the document that the task was to be
	// about, counted from 1. Steps is the number of operations in the expression.
	Asked int `json:"asked_difficulty"`
	Steps int `json:"steps"`
	// Rubrics are what an answer has to meet, and Quote the span of the document that proves the
	// reference; empty outside documents.
	Rubrics []string `json:"rubrics"`
	Quote   string   `json:"quote"`
	// HeldOut says that the task wrote no skill: it may be a probe.
	HeldOut bool `json:"held_out"`
	// State is what the solutions say of the difficulty: "active" (in the band), "deferred" (nothing is
	// shown), "hard" or "retired" (below or above the band), "gap" (hard, but solved with the document),
	// "unsolved" (never solved with the document: it may be ill-posed), "error" (it could not be asked).
	State string `json:"state"`
	// Drawn solutions were asked for; Parsed of them could be read, Judged of those got a verdict, and
	// Passes of those are right.
	Drawn  int `json:"drawn"`
	Parsed int `json:"parsed"`
	Judged int `json:"judged"`
	Passes int `json:"passes"`
	// ParsedRate is Parsed of Drawn and CorrectRate Passes of Judged; 0 where undefined.
	// CorrectedRate is CorrectRate without the judge's known errors (Rogan and Gladen), or CorrectRate
	// itself where that is undefined or the judge is a rule.
	ParsedRate    Real `json:"parsed_rate"`
	CorrectRate   Real `json:"correct_rate"`
	CorrectedRate Real `json:"corrected_rate"`
	// RubricRates are the shares of judged solutions that meet each rubric; empty with a rule.
	RubricRates []Real `json:"rubric_rates"`
	// Score is what the challenger earned for the task; 0 with the state "error".
	Score Real `json:"score"`
	// Similarity is that to the nearest text in the memory at the round's start, 0 where it is below 0.6.
	Similarity Real `json:"similarity"`
	// Novel says that nothing in the memory or earlier in the round is nearly the same.
	Novel bool `json:"novel"`
	// CommonAnswer is what most solutions answer, right or not; "" without any.
	CommonAnswer string `json:"common_answer"`
	// MedianLength is the median length of the judged solutions in bytes; 0 without any.
	MedianLength int `json:"median_length"`
	// Seed drew the task.
	Seed int64 `json:"seed"`
}

// Challenge is what the model wrote when it was asked for problems, each with what it earned: a group
// for training the challenger.
type Challenge struct {
	Prompt      Content           `json:"prompt"`
	Completions []Content         `json:"completions"`
	Rewards     []Real            `json:"rewards"`
	Advantages  []Real            `json:"advantages"`
	Feedback    ChallengeFeedback `json:"feedback"`
}

// Kind is [KindChallenge].
func (Challenge) Kind() Kind { return KindChallenge }

// ChallengeFeedback is what is known of a challenge; all lists have one entry a completion.
type ChallengeFeedback struct {
	Provenance
	Origin
	// Asked is the difficulty that was asked for, or the part of the document.
	Asked int `json:"asked_difficulty"`
	// Left counts the completions that are not in the group because infrastructure failed.
	Left int `json:"left_out"`
	// Tasks are the ids of the tasks, States what became of each: a task's state, or why it is
	// invalid.
	Tasks  []string `json:"tasks"`
	States []string `json:"states"`
	// Similarities are those to the memory.
	Similarities []Real  `json:"similarities"`
	Seeds        []int64 `json:"seeds"`
}

// Verdict is one answer with what the judge said of it: an unpaired preference.
type Verdict struct {
	Prompt     Content `json:"prompt"`
	Completion Content `json:"completion"`
	// Label says that the answer passes.
	Label    bool            `json:"label"`
	Feedback VerdictFeedback `json:"feedback"`
}

// Kind is [KindVerdict].
func (Verdict) Kind() Kind { return KindVerdict }

// VerdictFeedback is what is known of a verdict.
type VerdictFeedback struct {
	Provenance
	Origin
	// Probability that the answer is right, given the verdict and the judge's rates on anchors at the
	// task's corrected pass rate; 0 or 1 where a rule judged.
	Probability Real `json:"probability"`
	// Share of votes that say yes to the weakest rubric, Votes how many could be read; a rule has one.
	Share Real `json:"share"`
	Votes int  `json:"votes"`
	// RubricShares are the shares of votes that say yes to each rubric; empty with a rule.
	RubricShares []Real  `json:"rubric_shares"`
	Answer       string  `json:"answer"`
	Outcome      Outcome `json:"outcome"`
	Seed         int64   `json:"seed"`
}

// RLPrompt is a task that suits the policy, for trainers that draw their own completions: TRL takes
// `prompt` and hands `answer` to reward functions, verl takes `prompt`, `data_source`, `ability` and
// `reward_model`.
type RLPrompt struct {
	Prompt      Content          `json:"prompt"`
	Answer      string           `json:"answer"`
	DataSource  string           `json:"data_source"`
	Ability     string           `json:"ability"`
	RewardModel RewardModel      `json:"reward_model"`
	Feedback    RLPromptFeedback `json:"feedback"`
}

// Kind is [KindRLPrompt].
func (RLPrompt) Kind() Kind { return KindRLPrompt }

// RewardModel is how verl is told to reward.
type RewardModel struct {
	// Style is "rule" if the answer can be checked by rule, "model" if it takes a judge.
	Style string `json:"style"`
	// GroundTruth is the right answer.
	GroundTruth string `json:"ground_truth"`
}

// RLPromptFeedback is what is known of it.
type RLPromptFeedback struct {
	Provenance
	Origin
	Rubrics []string `json:"rubrics"`
	Rate    Real     `json:"rate"`
	Seed    int64    `json:"seed"`
}

// Round is how a round of a chain went. It trains nobody.
type Round struct {
	Feedback RoundFeedback `json:"feedback"`
}

// Kind is [KindRound].
func (Round) Kind() Kind { return KindRound }

// RoundFeedback is what is known of a round. Shares are -1 where undefined.
type RoundFeedback struct {
	Provenance
	Origin
	// Reason says what the alarms rang for; "" if all was well.
	Reason string `json:"reason"`
	// Judge names who judged, "number" where answers are computed. The rest of it is from anchors, this
	// round's and those of up to two before that had others, and undefined with a rule: Kappa with its
	// interval, the rates at which it calls right answers right and wrong ones wrong, the share of its
	// calls that err, Brier score and position consistency.
	Judge     string `json:"judge"`
	Anchors   int    `json:"anchors"`
	Kappa     Real   `json:"kappa"`
	KappaLow  Real   `json:"kappa_low"`
	KappaHigh Real   `json:"kappa_high"`
	TPR       Real   `json:"true_positive_rate"`
	TNR       Real   `json:"true_negative_rate"`
	Errors    Real   `json:"call_errors"`
	Brier     Real   `json:"brier"`
	Position  Real   `json:"position_consistency"`
	// Unusable says why the judge may not be relied on; "" if it may.
	Unusable string `json:"unusable"`
	// SolverTokens and ChallengerTokens are about what the skills take in prompts.
	SolverTokens     int `json:"solver_skill_tokens"`
	ChallengerTokens int `json:"challenger_skill_tokens"`
	// Proposals says what became of each side's proposal after the round, as "solver: ..." and
	// "challenger: ...".
	Proposals []string `json:"proposals"`
	// TrainingBefore and TrainingAfter are the solver's pass rates on tasks that wrote its new skills,
	// without and with them; HeldOutBefore and HeldOutAfter those on probes.
	TrainingBefore Real `json:"training_before"`
	TrainingAfter  Real `json:"training_after"`
	HeldOutBefore  Real `json:"held_out_before"`
	HeldOutAfter   Real `json:"held_out_after"`
}

// Skills is one version of one side's skills. It trains nobody.
type Skills struct {
	Feedback SkillsFeedback `json:"feedback"`
}

// Kind is [KindSkills].
func (Skills) Kind() Kind { return KindSkills }

// SkillsFeedback is what is known of a version.
type SkillsFeedback struct {
	Provenance
	Origin
	// Side is "solver" or "challenger".
	Side string `json:"side"`
	// Version counts from 0, the empty set; Parent is what it was made from.
	Version int `json:"version"`
	Parent  int `json:"parent"`
	// Files are the skills as SKILL.md files.
	Files []string `json:"files"`
	// Edits made it, as JSON.
	Edits string `json:"edits"`
	// Chosen says that the replay chose it, Fate how far it came there, and Reason why the replay chose
	// as it did. Without a replay the empty set is chosen.
	Chosen bool   `json:"chosen"`
	Fate   string `json:"fate"`
	Reason string `json:"reason"`
	// Pruned names skills of the chosen version that earn nothing on probes and were left out of what
	// stands in skills/; Credits says what each earns.
	Pruned  []string `json:"pruned"`
	Credits []string `json:"credits"`
}
