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
			"A solution in steps, and for each step whether it is right (`labels`) and how probably it still leads to a right end (`soft_labels`). Where `feedback.outcome` is `abstain`, the line ends before the answer: its labels rest on the judged solutions that begin with these steps, of which `feedback.passes` of `feedback.rollouts` ended right.",
			"TRL `PRMTrainer` (stepwise supervision). It makes whole numbers of labels, so give it `labels`; `soft_labels` are for trainers that take fractions, such as those on Math-Shepherd's format.",
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
	case feedbackgen.KindAssessment:
		return use{
			"An answer, the marker, and the model's evaluation of that answer, with what it predicted, what is true, and the reward for both.",
			"no trainer as it stands: `feedback.segments` and `feedback.advantage` are for group-relative training on the whole text; use stops at the marker.",
		}
	case feedbackgen.KindEvaluation:
		return use{
			"What to write after answer and marker. `feedback.weight` is small where the model's prediction was not true.",
			"TRL `SFTTrainer` (prompt-completion: loss on the completion alone); weights need a trainer that takes them.",
		}
	case feedbackgen.KindFirstAttempt:
		return use{
			"A second turn with the model's own first answer in it, to sample second answers from while training.",
			"on-policy trainers that take prompts, such as TRL `GRPOTrainer`, with a reward from the answer in `feedback.gold`.",
		}
	case feedbackgen.KindEpisode:
		return use{
			"An answer, a second turn that does not say whether it was right, and a second answer, each with its own reward.",
			"multi-turn policy-gradient training with one reward a turn (the format is our own).",
		}
	case feedbackgen.KindTurn:
		return use{
			"One turn of a trace of answer, verdict, and answer again; each with a reward of its own and an advantage among turns of its role.",
			"policy-gradient training on single turns (the format is our own).",
		}
	case feedbackgen.KindCorrection:
		return use{
			"A second answer to imitate. **Known to fail**: models trained on recorded corrections learn to repeat their first answer (SCoRe, arXiv:2409.12917); prefer `first_attempts` and `episodes`.",
			"TRL `SFTTrainer` (prompt-completion).",
		}
	case feedbackgen.KindTask:
		return use{
			"A problem that the model wrote itself, with its right answer, how often it is solved, and what that says. Train on the lines with `feedback.state` \"active\" and `feedback.rolled_back` false.",
			"trainers that draw their own completions, such as TRL `GRPOTrainer`, with a reward from `answer`.",
		}
	case feedbackgen.KindImagined:
		return use{
			"A problem that the model made from given ones (`feedback.parents`), and is right about sometimes. **Its answer is what most of the model's own solutions agree on**, `feedback.agreement_votes` of `feedback.agreement_solutions`: it may be wrong.",
			"trainers that draw their own completions, such as TRL `GRPOTrainer`, with a reward from `answer`.",
		}
	case feedbackgen.KindChallenge:
		return use{
			"Problems that the model wrote when asked once, each with the reward that it earned as a challenger, and group-relative advantages.",
			"policy-gradient training of the challenger (the format is our own).",
		}
	case feedbackgen.KindVerdict:
		return use{
			"One answer to a task of the model's own, and whether it passes: unpaired preferences. `feedback.probability` says how sure that is.",
			"TRL `KTOTrainer` (unpaired preference); training of a verifier on `completion` and `label`.",
		}
	case feedbackgen.KindRLPrompt:
		return use{
			"A task of the model's own that it solves sometimes, without any answer of the model's.",
			"TRL `GRPOTrainer` (reward functions get `answer`); verl (`data_source`, `prompt`, `ability`, `reward_model`).",
		}
	case feedbackgen.KindRound:
		return use{"How a round of a chain went: the judge's marks, what became of proposals, alarms.", "nobody; it is there to be read."}
	case feedbackgen.KindSkills:
		return use{"A version of one side's skills, and whether the replay chose it.", "nobody; the chosen ones stand in `skills/`, ready for prompts."}
	}
	return useOfTree(kind)
}

// useOfTree describes the kinds that take a whole tree to make.
func useOfTree(kind feedbackgen.Kind) use {
	switch kind {
	case feedbackgen.KindValue:
		return use{
			"A partial solution (`prefix`), and the posterior mean of the chance to end right from it (`target`), with its counts and 95 % interval.",
			"training a critic or value head by regression; no trainer of TRL's has a column for it.",
		}
	case feedbackgen.KindAdvantage:
		return use{
			"A whole solution with an advantage for each of its steps: `advantages[i]` is for all tokens of the bytes from `step_ends[i-1]` to `step_ends[i]` (TreeRL, arXiv:2506.11902).",
			"policy-gradient training with an advantage a token (the format is our own): a fast tokenizer's `offset_mapping` says which tokens a step has, in characters.",
		}
	case feedbackgen.KindCorrectionSeed:
		return use{
			"A wrong solution (`attempt`) and a right one that begins the same (`sibling`). **Seeds for live correction, not to be imitated**: models trained on recorded corrections learn to repeat their first answer (SCoRe, arXiv:2409.12917).",
			"on-policy trainers that sample second answers to `attempt` while training (the format is our own).",
		}
	case feedbackgen.KindTree:
		return use{
			"A problem's whole search tree. `feedbackgen report --run DIR --tree PROBLEM --dot` draws it.",
			"no trainer: it is for looking into a search.",
		}
	}
	return use{"Records of the kind `" + string(kind) + "`.", "See the documentation of the module that made them."}
}
