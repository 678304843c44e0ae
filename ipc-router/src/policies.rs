//! The policies that an app has set, by channel.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::HashMap;
use ipc_protocol::{Channel, Policy};

/// Exact names and `prefix*` patterns with their policies. To find one takes a look for the exact
/// name and one for each length that prefixes have, of which there are 256 at most.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    exact: HashMap<Channel, Arc<Policy>>,
    /// By what is before the `*`.
    prefixes: HashMap<Box<str>, Arc<Policy>>,
    /// How long these are, in bytes.
    lengths: BTreeSet<usize>,
    default: Arc<Policy>,
}

impl Policies {
    /// Sets the policy of a name or a pattern, in the place of an earlier one.
    pub(crate) fn set(&mut self, pattern: &Channel, policy: Policy) {
        let policy = Arc::new(policy);
        match pattern.as_str().strip_suffix('*') {
            Some(prefix) => {
                self.lengths.insert(prefix.len());
                self.prefixes.insert(prefix.into(), policy);
            }
            None => {
                self.exact.insert(pattern.clone(), policy);
            }
        }
    }

    /// The policy of a channel: of its exact name, else of the longest prefix.
    pub(crate) fn of(&self, channel: &Channel) -> Arc<Policy> {
        let exact = self.exact.get(channel);
        let policy = exact.or_else(|| self.of_prefix(channel.as_str()));
        policy.unwrap_or(&self.default).clone()
    }

    fn of_prefix(&self, name: &str) -> Option<&Arc<Policy>> {
        let lengths = self.lengths.range(..=name.len()).rev();
        // A length that ends within a character of the name is of no prefix of it.
        let mut prefixes = lengths.filter_map(|length| name.get(..*length));
        prefixes.find_map(|prefix| self.prefixes.get(prefix))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use ipc_protocol::ChannelList;
    use proptest::prelude::*;

    use super::*;

    fn policy(capacity: usize) -> Policy {
        let mut policy = Policy::default();
        policy.capacity = capacity;
        policy
    }

    fn set(policies: &mut Policies, pattern: &str, capacity: usize) {
        policies.set(&Channel::new(pattern).unwrap(), policy(capacity));
    }

    fn capacity(policies: &Policies, channel: &str) -> usize {
        policies.of(&Channel::new(channel).unwrap()).capacity
    }

    #[test]
    fn the_most_particular_rule_counts_and_the_last_of_a_name() {
        let mut policies = Policies::default();
        set(&mut policies, "log:*", 1);
        set(&mut policies, "log:net:*", 2);
        set(&mut policies, "log:net:dns", 3);
        set(&mut policies, "*", 4);
        for (channel, expected) in [
            ("log:disk", 1),
            ("log:net:tcp", 2),
            ("log:net:dns", 3),
            ("log:", 1),
            ("log", 4),
        ] {
            assert_eq!(capacity(&policies, channel), expected, "{channel}");
        }
        set(&mut policies, "log:*", 5);
        assert_eq!(capacity(&policies, "log:disk"), 5);
        assert_eq!(capacity(&Policies::default(), "log:disk"), 1_024);
    }

    /// What counts, found by a look at every rule: the last policy of the most particular pattern.
    fn naive(rules: &[(String, usize)], channel: &str) -> usize {
        let channel = Channel::new(channel).unwrap();
        let covers = |pattern: &str| ChannelList::new([pattern.to_owned()]).allows(&channel);
        let covering = rules.iter().filter(|(pattern, _)| covers(pattern));
        // Of equals the last is taken.
        let best = covering.max_by_key(|(pattern, _)| (!pattern.ends_with('*'), pattern.len()));
        best.map_or(Policy::default().capacity, |(_, capacity)| *capacity)
    }

    proptest! {
        #[test]
        fn a_look_up_finds_what_a_look_at_every_rule_does(
            patterns in prop::collection::vec("[abé]{0,4}\\*?", 0..40),
            channels in prop::collection::vec("[abé*]{1,6}", 1..10),
        ) {
            let patterns = patterns.into_iter().filter(|pattern| !pattern.is_empty());
            let rules: Vec<_> = patterns.zip(1..).collect();
            let mut policies = Policies::default();
            for (pattern, capacity) in &rules {
                set(&mut policies, pattern, *capacity);
            }
            for channel in channels {
                prop_assert_eq!(capacity(&policies, &channel), naive(&rules, &channel));
            }
        }
    }
}
