package feedbackgen

// The kinds of record that come from what a model says after its answer.
const (
	KindAssessment   Kind = "assessments"
	KindEvaluation   Kind = "evaluations"
	KindFirstAttempt Kind = "first_attempts"
	KindEpisode      Kind = "episodes"
	KindTurn         Kind = "turns"
	KindCorrection   Kind = "corrections"
)

// Segment is a part of a completion, as a span of bytes. The segments of a text tile it.
type Segment struct {
	// Role is "answer", "marker", "evaluation" or "reward".
	Role  string `json:"role"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	// Loss says whether a trainer on this record learns from it.
	Loss bool `json:"loss"`
}

// Assessment is an answer and what the model says of it after the marker, as one completion.
// Serving stops at the marker, so that what comes after it costs nothing in use.
type Assessment struct {
	Prompt     Content            `json:"prompt"`
	Completion Content            `json:"completion"`
	Feedback   AssessmentFeedback `json:"feedback"`
}

// Kind is [KindAssessment].
func (Assessment) Kind() Kind { return KindAssessment }

// AssessmentFeedback is what is known of an assessment.
type AssessmentFeedback struct {
	Provenance
	Segments []Segment `json:"segments"`
	// MarkerSource is "forced" if the marker was put there for the model to go on from, "sampled" if
	// the model wrote it.
	MarkerSource string  `json:"marker_source"`
	Answer       string  `json:"answer"`
	Outcome      Outcome `json:"outcome"`
	// Parsed is false if the assessment cannot be read; then Invalid says why, and the lists and
	// scores below say nothing.
	Parsed  bool   `json:"parsed"`
	Invalid string `json:"invalid"`
	// RewardNames name the entries of Predicted, what the model says that its answer earns, and Truth,
	// what it does earn by rule.
	RewardNames []string `json:"reward_names"`
	Predicted   []Real   `json:"predicted"`
	Truth       []Real   `json:"truth"`
	// Confidence is the stated chance to be right, ConfidenceKind how it was written.
	Confidence     Real   `json:"confidence"`
	ConfidenceKind string `json:"confidence_kind"`
	// VerdictConfidence is the probability of "yes" against "no" as the verdict's first word, asked
	// apart, where most verdicts on the problem's answers are one of the two; Agreement the share of the
	// group's other valid answers that say the same. Below 0: not known.
	VerdictConfidence Real `json:"verdict_confidence"`
	Agreement         Real `json:"agreement"`
	// Consistency is the mean of 1-(predicted-true)^2; Calibrated the reward c-(q-c)^2 of RLCR
	// (arXiv:2507.16806); Reward the weighted total that Advantage is computed from.
	Consistency Real `json:"consistency"`
	Calibrated  Real `json:"calibrated_reward"`
	Reward      Real `json:"reward"`
	Advantage   Real `json:"advantage"`
	// Seed drew the answer, EvaluationSeed what follows the marker.
	Seed           int64 `json:"seed"`
	EvaluationSeed int64 `json:"evaluation_seed"`
}

// Evaluation is the part of an assessment that a trainer learns to write: the prompt ends with
// answer and marker.
type Evaluation struct {
	Prompt     Content            `json:"prompt"`
	Completion Content            `json:"completion"`
	Feedback   EvaluationFeedback `json:"feedback"`
}

// Kind is [KindEvaluation].
func (Evaluation) Kind() Kind { return KindEvaluation }

// EvaluationFeedback is what is known of an evaluation.
type EvaluationFeedback struct {
	Provenance
	Answer  string  `json:"answer"`
	Outcome Outcome `json:"outcome"`
	// Honest says that what was predicted is true, to the nearer of 0 and 1; Weight is what the
	// example should count in a loss.
	Honest     bool   `json:"honest"`
	Weight     Real   `json:"weight"`
	Confidence Real   `json:"confidence"`
	Predicted  []Real `json:"predicted"`
	Truth      []Real `json:"truth"`
	Seed       int64  `json:"seed"`
}

// Sources of first attempts.
const (
	// OwnAttempt: drawn from the policy now.
	OwnAttempt = "self"
	// ForeignAttempt: from a file, somebody else's.
	ForeignAttempt = "fixed"
)

// FirstAttempt is a state for a trainer to sample second attempts from: the prompt is the whole
// second turn, with the model's own first answer in it (SCoRe, arXiv:2409.12917, section 5.3).
type FirstAttempt struct {
	Prompt   Content              `json:"prompt"`
	Feedback FirstAttemptFeedback `json:"feedback"`
}

// Kind is [KindFirstAttempt].
func (FirstAttempt) Kind() Kind { return KindFirstAttempt }

// FirstAttemptFeedback is what is known of a first attempt.
type FirstAttemptFeedback struct {
	Provenance
	// FirstAttemptSource is [OwnAttempt] or [ForeignAttempt].
	FirstAttemptSource string  `json:"first_attempt_source"`
	Attempt            string  `json:"attempt"`
	Answer             string  `json:"answer"`
	Outcome            Outcome `json:"outcome"`
	Reward             Real    `json:"reward"`
	// Gold is the right answer, for the verifier alone: it is in no prompt.
	Gold         string `json:"gold"`
	Multiplicity int    `json:"multiplicity"`
	// FirstWrongStep is the first line with an equation that is false, from 0; -1 if there is none.
	FirstWrongStep int   `json:"first_wrong_step"`
	Seed           int64 `json:"seed"`
}

// Episode is an answer, a second turn that does not say whether it was right, and a second answer.
type Episode struct {
	Prompt     Content         `json:"prompt"`
	Completion Content         `json:"completion"`
	Feedback   EpisodeFeedback `json:"feedback"`
}

// Kind is [KindEpisode].
func (Episode) Kind() Kind { return KindEpisode }

// EpisodeFeedback is what is known of an episode; lists have one entry for each of the two answers.
type EpisodeFeedback struct {
	Provenance
	FirstAttemptSource string `json:"first_attempt_source"`
	// Multiplicity is how often the policy gave this first answer: equal ones are asked about once.
	Multiplicity int       `json:"multiplicity"`
	Answers      []string  `json:"answers"`
	Outcomes     []Outcome `json:"outcomes"`
	// Rewards are 1 for right, 0 for wrong; Shaped adds Alpha times the change to the second one
	// alone. Advantages are Shaped against the mean of each turn's own group.
	Rewards    []Real `json:"rewards"`
	Shaped     []Real `json:"shaped_rewards"`
	Advantages []Real `json:"advantages"`
	Alpha      Real   `json:"alpha"`
	// Transition is "cc", "ci", "ic" or "ii": correct or incorrect, first and second.
	Transition    string  `json:"transition"`
	EditRatio     Real    `json:"edit_ratio"`
	AnswerChanged bool    `json:"answer_changed"`
	Seeds         []int64 `json:"seeds"`
}

// Turn is one turn of a trace in which the model answers, judges its answer, and answers again only
// if it calls it wrong (PAG, arXiv:2506.10406). Each turn is an example of its own.
type Turn struct {
	Prompt     Content      `json:"prompt"`
	Completion Content      `json:"completion"`
	Feedback   TurnFeedback `json:"feedback"`
}

// Kind is [KindTurn].
func (Turn) Kind() Kind { return KindTurn }

// Roles in a trace.
const (
	RolePolicy   = "policy"
	RoleVerifier = "verifier"
)

// TurnFeedback is what is known of a turn.
type TurnFeedback struct {
	Provenance
	FirstAttemptSource string `json:"first_attempt_source"`
	// Trace numbers the trace among the problem's, Turn the turn in it, both from 0.
	Trace int `json:"trace"`
	Turn  int `json:"turn"`
	// Role is [RolePolicy] or [RoleVerifier].
	Role string `json:"role"`
	// Reward is the turn's own: 1 if the answer is right, or the verdict true. Advantage compares it
	// with the other turns of the same role.
	Reward    Real `json:"reward"`
	Advantage Real `json:"advantage"`
	// Outcome is the answer's, or that of the answer which the verdict is on.
	Outcome Outcome `json:"outcome"`
	Answer  string  `json:"answer"`
	// Verdict is "right" or "wrong" in a verifier's turn, else "".
	Verdict string `json:"verdict"`
	Seed    int64  `json:"seed"`
}

// Correction is a second answer as an example to imitate. Training on it is known to fail: models
// learn to repeat their first answer (SCoRe, arXiv:2409.12917, section 4).
type Correction struct {
	Prompt     Content            `json:"prompt"`
	Completion Content            `json:"completion"`
	Feedback   CorrectionFeedback `json:"feedback"`
}

// Kind is [KindCorrection].
func (Correction) Kind() Kind { return KindCorrection }

// CorrectionFeedback is what is known of a correction.
type CorrectionFeedback struct {
	Provenance
	FirstAttemptSource string  `json:"first_attempt_source"`
	Transition         string  `json:"transition"`
	Answer             string  `json:"answer"`
	Outcome            Outcome `json:"outcome"`
	Seed               int64   `json:"seed"`
}
