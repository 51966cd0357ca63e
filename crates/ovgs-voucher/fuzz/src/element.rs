//! DER as a tree that can be changed and written again, lengths included.

use der::{Any, AnyRef, Decode as _, Encode as _, Reader as _, SliceReader, Tag};

/// The deepest nesting read; the rest stays octets.
const DEEPEST: usize = 24;

/// One element.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its tag.
    pub tag: Tag,
    /// What is in it.
    pub body: Body,
}

/// What is in an element.
#[derive(Clone, Debug)]
pub enum Body {
    /// The octets of a primitive element, or of one that holds no DER.
    Octets(Vec<u8>),
    /// The elements of a constructed one.
    Elements(Vec<Element>),
}

impl Element {
    /// Reads exactly one element.
    pub fn read(der: &[u8]) -> Option<Self> {
        Some(Self::of(AnyRef::from_der(der).ok()?, 0))
    }

    fn of(any: AnyRef<'_>, depth: usize) -> Self {
        let tag = der::Tagged::tag(&any);
        let elements = (tag.is_constructed() && depth < DEEPEST).then(|| elements(any.value(), depth));
        let body = elements.flatten().map_or_else(|| Body::Octets(any.value().to_vec()), Body::Elements);
        Self { tag, body }
    }

    /// Writes it again.
    pub fn write(&self) -> Vec<u8> {
        let value = match &self.body {
            Body::Octets(octets) => octets.clone(),
            Body::Elements(elements) => elements.iter().flat_map(Self::write).collect(),
        };
        Any::new(self.tag, value).and_then(|any| any.to_der()).unwrap_or_default()
    }

    /// The elements in it; none in a primitive one.
    pub fn elements(&self) -> &[Element] {
        match &self.body {
            Body::Elements(elements) => elements,
            Body::Octets(_) => &[],
        }
    }

    /// The elements in it, to change.
    pub fn elements_mut(&mut self) -> Option<&mut Vec<Element>> {
        match &mut self.body {
            Body::Elements(elements) => Some(elements),
            Body::Octets(_) => None,
        }
    }

    /// The element that these positions lead to.
    pub fn at(&self, path: &[usize]) -> Option<&Element> {
        path.iter().try_fold(self, |element, index| element.elements().get(*index))
    }

    /// The element that these positions lead to, to change.
    pub fn at_mut(&mut self, path: &[usize]) -> Option<&mut Element> {
        path.iter().try_fold(self, |element, index| element.elements_mut()?.get_mut(*index))
    }

    /// How many elements there are in all, this one included.
    pub fn count(&self) -> usize {
        1 + self.elements().iter().map(Self::count).sum::<usize>()
    }

    /// The element that comes `index`-th when each stands before what is in it.
    pub fn nth(&mut self, index: usize) -> Option<&mut Element> {
        if index == 0 {
            return Some(self);
        }
        let mut left = index - 1;
        for element in self.elements_mut()? {
            let count = element.count();
            if left < count {
                return element.nth(left);
            }
            left -= count;
        }
        None
    }
}

fn elements(value: &[u8], depth: usize) -> Option<Vec<Element>> {
    let mut reader = SliceReader::new(value).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(Element::of(AnyRef::decode(&mut reader).ok()?, depth + 1));
    }
    Some(elements)
}
