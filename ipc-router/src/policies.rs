//! The policies that an app has set, by channel.

use std::sync::Arc;

use ipc_protocol::{Channel, ChannelList, Policy};

/// Exact names and `prefix*` patterns with their policies.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    rules: Vec<Rule>,
    default: Arc<Policy>,
}

#[derive(Debug)]
struct Rule {
    pattern: String,
    channels: ChannelList,
    policy: Arc<Policy>,
}

impl Policies {
    /// Sets the policy of a name or a pattern, in the place of an earlier one.
    pub(crate) fn set(&mut self, pattern: &str, policy: Policy) {
        let policy = Arc::new(policy);
        match self.rules.iter_mut().find(|rule| rule.pattern == pattern) {
            Some(rule) => rule.policy = policy,
            None => self.rules.push(Rule {
                pattern: pattern.to_owned(),
                channels: ChannelList::new([pattern.to_owned()]),
                policy,
            }),
        }
        // The most particular first: an exact name, then the longest pattern.
        self.rules.sort_by_key(|rule| {
            let is_pattern = rule.pattern.ends_with('*');
            (is_pattern, std::cmp::Reverse(rule.pattern.len()))
        });
    }

    /// The policy of a channel.
    pub(crate) fn of(&self, channel: &Channel) -> Arc<Policy> {
        let rule = self.rules.iter().find(|rule| rule.channels.allows(channel));
        rule.map_or(&self.default, |rule| &rule.policy).clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn capacity(policies: &Policies, channel: &str) -> usize {
        policies.of(&Channel::new(channel).unwrap()).capacity
    }

    #[test]
    fn the_most_particular_rule_counts_and_the_last_of_a_name() {
        let mut policies = Policies::default();
        let policy = |capacity| {
            let mut policy = Policy::default();
            policy.capacity = capacity;
            policy
        };
        policies.set("log:*", policy(1));
        policies.set("log:net:*", policy(2));
        policies.set("log:net:dns", policy(3));
        policies.set("*", policy(4));
        for (channel, expected) in [
            ("log:disk", 1),
            ("log:net:tcp", 2),
            ("log:net:dns", 3),
            ("log:", 1),
            ("log", 4),
        ] {
            assert_eq!(capacity(&policies, channel), expected, "{channel}");
        }
        policies.set("log:*", policy(5));
        assert_eq!(capacity(&policies, "log:disk"), 5);
        assert_eq!(capacity(&Policies::default(), "log:disk"), 1_024);
    }
}
