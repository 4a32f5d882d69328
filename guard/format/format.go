// Package format tells a policy's ways of laying out an answer apart, and notices when one of them
// takes over.
//
// Reinforcement learning makes a policy collapse to one of the formats that it was pretrained on
// within an epoch, and the format that wins is not always the most accurate one (Echo Chamber,
// arXiv:2504.07912). So:
//
//   - [Measure] looks at a text's layout: headings, lists, equations, code, tags, script, length.
//   - [Fit] finds the classes of the first policy's completions; the [Model] is kept as JSON, and
//     classifies what later policies write. What is far from all classes is "other".
//   - [Summarise] gives shares, entropy, top share, drift against the base, accuracy a class.
//   - [Calibrate] sets an alarm's threshold by resampling the base policy's prompts; [Alarm.Watch]
//     then looks at a stream of completions.
//   - [Balance] thins the formats that have become too frequent, and leaves the rest alone.
//
// All of it looks at layout only: right, wrong and cut completions are treated alike, and nothing
// here says whether an answer is right. Everything is deterministic.
package format
