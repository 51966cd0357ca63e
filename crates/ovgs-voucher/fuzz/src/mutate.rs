//! Changes to DER after which it is still DER.

use der::{Tag, TagNumber};
use libfuzzer_sys::fuzzer_mutate;

use crate::{Body, Element};

const TAGS: [Tag; 10] = [
    Tag::Sequence,
    Tag::Set,
    Tag::OctetString,
    Tag::Integer,
    Tag::Null,
    Tag::UtcTime,
    Tag::GeneralizedTime,
    Tag::ContextSpecific { constructed: true, number: TagNumber::N0 },
    Tag::ContextSpecific { constructed: true, number: TagNumber::N1 },
    Tag::ContextSpecific { constructed: false, number: TagNumber::N0 },
];

/// Changes the first `size` octets of `data`, and says how many there are now, at most `max_size`.
///
/// Every fourth change is libFuzzer's own, which need not leave DER behind.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) | 1 << 32);
    if dice.below(4) > 0
        && let Some(mut tree) = data.get(..size).and_then(Element::read)
    {
        change(&mut tree, &mut dice);
        let changed = tree.write();
        if let Some(room) = data.get_mut(..changed.len().min(max_size))
            && room.len() == changed.len()
        {
            room.copy_from_slice(&changed);
            return changed.len();
        }
    }
    fuzzer_mutate(data, size, max_size)
}

fn change(tree: &mut Element, dice: &mut Dice) {
    let count = tree.count();
    let donor = tree.nth(dice.below(count)).cloned();
    let Some(element) = tree.nth(dice.below(count)) else { return };
    match (dice.below(8), &mut element.body) {
        (0, _) => element.tag = TAGS.get(dice.below(TAGS.len())).copied().unwrap_or(element.tag),
        (1, _) => *element = donor.unwrap_or_else(|| element.clone()),
        (2, Body::Elements(elements)) if !elements.is_empty() => {
            drop(elements.remove(dice.below(elements.len())));
        }
        (3, Body::Elements(elements)) if !elements.is_empty() => {
            let (from, to) = (dice.below(elements.len()), dice.below(elements.len()));
            elements.insert(to, elements[from].clone());
        }
        (4, Body::Elements(elements)) if !elements.is_empty() => {
            let (one, other) = (dice.below(elements.len()), dice.below(elements.len()));
            elements.swap(one, other);
        }
        (5, Body::Elements(elements)) => elements.extend(donor),
        (_, Body::Octets(octets)) => octets_changed(octets),
        (_, Body::Elements(_)) => {}
    }
}

fn octets_changed(octets: &mut Vec<u8>) {
    let size = octets.len();
    let room = size + 16;
    octets.resize(room, 0);
    let size = fuzzer_mutate(octets, size, room);
    octets.truncate(size);
}

/// Chance that comes out the same for the same seed, as libFuzzer asks (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % bound.max(1)
    }
}
