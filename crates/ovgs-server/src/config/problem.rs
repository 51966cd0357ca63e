//! What is wrong with a configuration, and where.

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
};

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a line of the file, counting from 1.
    Line(PathBuf, usize),
    /// In an environment variable.
    Variable(String),
    /// Nowhere in particular: the file as a whole.
    File(PathBuf),
}

impl Place {
    pub(super) fn file(path: &Path) -> Place {
        Place::File(path.to_path_buf())
    }

    pub(super) fn line(path: &Path, line: usize) -> Place {
        Place::Line(path.to_path_buf(), line)
    }

    /// A problem that stands here.
    pub(super) fn problem(&self, text: impl Into<String>) -> Problem {
        Problem { place: self.clone(), text: Some(text.into()), source: None }
    }

    /// A problem that an error tells in its own words.
    pub(super) fn told_by(&self, error: impl Into<Box<dyn Error + Send + Sync>>) -> Problem {
        Problem { place: self.clone(), text: None, source: Some(error.into()) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(file, line) => write!(f, "{}:{line}", file.display()),
            Place::Variable(name) => write!(f, "environment variable `{name}`"),
            Place::File(file) => file.display().fmt(f),
        }
    }
}

/// One thing that is wrong, as one sentence with its place.
#[derive(Debug)]
pub struct Problem {
    place: Place,
    /// What to say; `None` if the source says it.
    text: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// The same, with its cause.
    pub(super) fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Problem {
        Problem { source: Some(source.into()), ..self }
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match (&self.text, &self.source) {
            (Some(text), _) => f.write_str(text),
            (None, Some(error)) => error.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_deref().map(|source| source as &(dyn Error + 'static))?;
        if self.text.is_some() { Some(source) } else { source.source() }
    }
}

/// Everything that is wrong with a configuration, at least one thing, one line each.
#[derive(Debug)]
pub struct Problems(pub(super) Vec<Problem>);

impl Problems {
    /// The problem, if it is the only one.
    pub(crate) fn pop_single(&mut self) -> Option<Problem> {
        if self.0.len() == 1 { self.0.pop() } else { None }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for Problems {}
