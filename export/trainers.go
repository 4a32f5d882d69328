package export

import "github.com/feedbackgen/feedbackgen"

// A use says what a kind of record is and who takes it.
type use struct {
	// What a line is.
	What string
	// Trainer is which trainer takes the file as it stands, or what to know about that.
	Trainer string
}

// useOf describes a kind; one that is new, and not described here yet, by its name.
func useOf(kind feedbackgen.Kind) use {
	switch kind {
	case feedbackgen.KindPreference:
		return use{
			"Two completions of one prompt, the better one `chosen`. `feedback.probability` is the posterior probability that it is the better one.",
			"TRL `DPOTrainer` (preference, explicit prompt); also its `CPOTrainer`, `ORPOTrainer`, `KTOTrainer`, `RewardTrainer`.",
		}
	case feedbackgen.KindStepwise:
		return use{
			"A solution in steps, and for each step whether it is right.",
			"TRL `PRMTrainer` (stepwise supervision).",
		}
	case feedbackgen.KindGroup:
		return use{
			"Independent completions of one prompt with their rewards and group-relative advantages.",
			"no trainer as it stands (GRPO trainers draw their own completions and need only `prompt`): the format is our own.",
		}
	case feedbackgen.KindSFT:
		return use{
			"A prompt and a verified solution.",
			"TRL `SFTTrainer` (prompt-completion).",
		}
	}
	return use{"Records of the kind `" + string(kind) + "`.", "See the documentation of the module that made them."}
}
