//! Small graph algorithms over persons: k-core, connected parts, communities by modularity.
//!
//! Deterministic: nodes are numbered, ties go to the smaller number, so that findings do not depend on the order in
//! which rows came (I8).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// An undirected graph with weights; nodes are 0 to n − 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    neighbours: Vec<BTreeMap<u32, u32>>,
}

/// Rounds of moving nodes; a community of a few dozen settles in fewer.
const ROUNDS: usize = 20;

impl Graph {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { neighbours: vec![BTreeMap::new(); nodes] }
    }

    pub(crate) fn connect(&mut self, a: u32, b: u32, weight: u32) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(list) = self.neighbours.get_mut(from as usize) {
                list.insert(to, weight);
            }
        }
    }

    fn of(&self, node: u32) -> impl Iterator<Item = (u32, u32)> {
        self.neighbours.get(node as usize).into_iter().flatten().map(|(&node, &weight)| (node, weight))
    }

    /// The nodes of which each has at least `k` neighbours among them.
    pub(crate) fn core(&self, k: usize) -> BTreeSet<u32> {
        let mut kept: BTreeSet<u32> =
            (0..self.neighbours.len() as u32).filter(|node| self.of(*node).count() > 0).collect();
        loop {
            let degree = |node: u32| self.of(node).filter(|(other, _)| kept.contains(other)).count();
            let loose: Vec<u32> = kept.iter().copied().filter(|node| degree(*node) < k).collect();
            if loose.is_empty() {
                return kept;
            }
            kept.retain(|node| loose.binary_search(node).is_err());
        }
    }

    /// The connected parts of a set of nodes, each in order.
    pub(crate) fn parts(&self, nodes: &BTreeSet<u32>) -> Vec<Vec<u32>> {
        let mut left = nodes.clone();
        let mut parts = Vec::new();
        while let Some(first) = left.pop_first() {
            let (mut part, mut open) = (vec![first], vec![first]);
            while let Some(node) = open.pop() {
                for (other, _) in self.of(node) {
                    if left.remove(&other) {
                        part.push(other);
                        open.push(other);
                    }
                }
            }
            part.sort_unstable();
            parts.push(part);
        }
        parts
    }

    /// Communities of a part: each node moves to where modularity grows most, until none moves (the first level of
    /// Louvain's method). In integers, as gains are only compared: 2m × weight into the community − own × its weight.
    pub(crate) fn communities(&self, part: &[u32]) -> Vec<Vec<u32>> {
        let weight: BTreeMap<u32, i64> =
            part.iter().map(|node| (*node, self.of(*node).map(|(_, weight)| i64::from(weight)).sum())).collect();
        let own = |node: u32| weight.get(&node).copied().unwrap_or(0);
        let twice_all: i64 = weight.values().sum();
        let mut label: BTreeMap<u32, u32> = part.iter().map(|node| (*node, *node)).collect();
        let mut total: BTreeMap<u32, i64> = weight.clone();
        for _ in 0..ROUNDS {
            let mut moved = false;
            for &node in part {
                let Some(&home) = label.get(&node) else { continue };
                *total.entry(home).or_default() -= own(node);
                let mut into: BTreeMap<u32, i64> = BTreeMap::from([(home, 0)]);
                for (other, weight) in self.of(node) {
                    if let Some(label) = label.get(&other) {
                        *into.entry(*label).or_default() += i64::from(weight);
                    }
                }
                let gain = |(label, weight): (&u32, &i64)| {
                    twice_all * weight - own(node) * total.get(label).copied().unwrap_or(0)
                };
                // Staying wins a tie, then the smaller label.
                let best = into.iter().max_by_key(|&entry| (gain(entry), *entry.0 == home, Reverse(*entry.0)));
                let best = best.map_or(home, |(label, _)| *label);
                *total.entry(best).or_default() += own(node);
                moved |= best != home;
                label.insert(node, best);
            }
            if !moved {
                break;
            }
        }
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (node, label) in label {
            groups.entry(label).or_default().push(node);
        }
        groups.into_values().collect()
    }

    /// Edges among the nodes, and the sum of their weights.
    pub(crate) fn within(&self, nodes: &[u32]) -> (usize, u64) {
        let inside: BTreeSet<u32> = nodes.iter().copied().collect();
        let mut sum = (0, 0);
        for node in nodes {
            for (other, weight) in self.of(*node) {
                if other > *node && inside.contains(&other) {
                    sum.0 += 1;
                    sum.1 += u64::from(weight);
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(u32, u32)]) -> Graph {
        let mut graph = Graph::new(12);
        edges.iter().for_each(|&(a, b)| graph.connect(a, b, 2));
        graph
    }

    /// Two cliques of four, and a bridge between them.
    fn two_cliques() -> Graph {
        let clique = |from: u32| (from..from + 4).flat_map(move |a| (a + 1..from + 4).map(move |b| (a, b)));
        graph(&clique(0).chain(clique(4)).chain([(3, 4), (7, 8)]).collect::<Vec<_>>())
    }

    #[test]
    fn a_core_drops_tails() {
        assert_eq!(two_cliques().core(3), (0..8).collect());
        assert_eq!(graph(&[(0, 1), (1, 2), (2, 3)]).core(2), BTreeSet::new());
    }

    #[test]
    fn a_bridge_joins_a_part_but_not_a_community() {
        let graph = two_cliques();
        let core = graph.core(3);
        assert_eq!(graph.parts(&core), [(0..8).collect::<Vec<u32>>()]);
        assert_eq!(graph.communities(&[0, 1, 2, 3, 4, 5, 6, 7]), [vec![0, 1, 2, 3], vec![4, 5, 6, 7]]);
        assert_eq!(graph.within(&[0, 1, 2, 3]), (6, 12));
    }
}
