// Package replay chooses among the snapshots of a skill set that a self-play run left behind, by
// running them on probes: tasks that wrote none of the skills.
//
// Ctx2Skill (arXiv:2604.27660) runs every snapshot once on at most ten probes and takes the greatest
// product of smoothed pass rates. That ships a snapshot which is worse than no skills in up to a third
// of all runs, because the best of several noisy rates is mostly noise, and because its hard probes,
// the failures with the lowest pass rate, are the tasks most likely to be impossible. Here
//
//   - no skills at all is always a candidate,
//   - hard probes are failures nearest the boundary ([Select]),
//   - the calls of a budget go to the promising by successive halving (Karnin, Koren and Somekh 2013),
//   - the last one standing replaces the incumbent only if a paired test over probes puts the lower
//     bound of its gain above zero, and if it breaks neither the easy probes nor the format.
//
// A [Race] makes no calls: it says which one to make, takes what became of it, and ends with a choice
// and its reasons. The same observations give the same choice, in whatever order they arrive. A race
// is not safe for concurrent use.
package replay
