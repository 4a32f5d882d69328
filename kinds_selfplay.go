package feedbackgen

// The kinds of record that come from problems which the model wrote itself.
const (
	KindTask      Kind = "tasks"
	KindChallenge Kind = "challenges"
)

// Task is a problem that the model wrote and that is well posed, with its right answer: a row for
// trainers that draw their own completions. Every such problem is here, whatever came of it; only
// those whose `feedback.state` is "active" suit the policy, if `feedback.rolled_back` is false.
type Task struct {
	Prompt Content `json:"prompt"`
	// Answer is the right answer, computed from the expression; it is in no prompt.
	Answer   string       `json:"answer"`
	Feedback TaskFeedback `json:"feedback"`
}

// Kind is [KindTask].
func (Task) Kind() Kind { return KindTask }

// Origin says where in a loop of self-play something was made.
type Origin struct {
	// Chain is the id of the chain, which is the problem that it began with.
	Chain string `json:"chain"`
	// Round counts from 1.
	Round int `json:"round"`
	// Skills is a digest of the skills in the prompts; "" if there were none.
	Skills string `json:"skills"`
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
	// Text is the problem as the model wrote it, Expression the calculation that it gave with it.
	Text       string `json:"text"`
	Expression string `json:"expression"`
	// Asked is the difficulty that was asked for, Steps the number of operations in the expression.
	Asked int `json:"asked_difficulty"`
	Steps int `json:"steps"`
	// State is what the solutions say of the difficulty: "active" (in the band), "deferred" (nothing is
	// shown), "hard" or "retired" (below or above the band), "error" (it could not be asked).
	State string `json:"state"`
	// Drawn solutions were asked for; Judged of them could be read, and Passes of those are right.
	Drawn  int `json:"drawn"`
	Judged int `json:"judged"`
	Passes int `json:"passes"`
	// ParsedRate is Judged of Drawn and CorrectRate Passes of Judged; 0 where undefined.
	ParsedRate  Real `json:"parsed_rate"`
	CorrectRate Real `json:"correct_rate"`
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
	// Asked is the difficulty that was asked for.
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
