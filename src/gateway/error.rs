use std::fmt;

/// An error in a spec or in its values: the place, the problem and a hint.
///
/// `Display` prints one line: `path: problem: hint`.
///
/// # Examples
///
/// ```
/// use otpost::gateway::GatewaySpec;
///
/// let error = GatewaySpec::from_toml("spec = 1\nid = \"x\"\nnmae = \"X\"").unwrap_err();
/// assert_eq!(error.path(), "nmae");
/// assert!(error.to_string().contains("unknown field"));
/// ```
///
/// # Security
///
/// It contains names and positions, never a configured value.
#[derive(Clone, PartialEq, Eq)]
pub struct SpecError(Box<SpecErrorInner>);

#[derive(Clone, PartialEq, Eq)]
struct SpecErrorInner {
    path: String,
    problem: String,
    hint: String,
}

impl SpecError {
    /// Creates an error at a key path, for tools that produce specs: the problem, and what to do
    /// about it.
    ///
    /// Control characters in `path` and `problem` are escaped, so that the error is one line.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::SpecError;
    ///
    /// let error = SpecError::new("request.url", "the host is missing", "write https://host/path");
    /// assert_eq!(error.to_string(), "request.url: the host is missing: write https://host/path");
    /// ```
    ///
    /// # Security
    ///
    /// Do not put a value into `path`, `problem` or `hint`: errors are logged.
    #[must_use]
    pub fn new(
        path: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        // A key can contain any character, but the text must stay one line.
        let (path, problem, hint) = (one_line(path.into()), one_line(problem.into()), hint.into());
        Self(Box::new(SpecErrorInner { path, problem, hint }))
    }

    /// Moves the error to another path, if one part of a spec is compiled like another part.
    pub(super) fn moved(mut self, from: &str, to: &str) -> Self {
        if let Some(rest) = self.0.path.strip_prefix(from) {
            self.0.path = format!("{to}{rest}");
        }
        self
    }

    /// Names the section whose request has the problem, if the path is a key of all requests.
    pub(super) fn of_section(mut self, section: &str) -> Self {
        self.0.problem = format!("in `[{section}]`, {}", self.0.problem);
        self
    }

    /// Returns the key path, such as `request.form.messageText`. Parts are separated by dots and
    /// not escaped. Lists count from 0: `response.0` is the first `[[response]]`.
    ///
    /// Other places are `line 7` in a text that is not TOML, `spec` for the spec as a whole,
    /// `origin` for [`with_origin`](crate::gateway::GatewaySpec::with_origin), and `builtin` for
    /// the name of a gateway in the catalogue.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the hint, which describes a possible fix.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.0.hint
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.0.path, self.0.problem, self.0.hint)
    }
}

impl fmt::Debug for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpecError({self})")
    }
}

impl std::error::Error for SpecError {}

fn one_line(text: String) -> String {
    if text.contains(char::is_control) { text.escape_debug().to_string() } else { text }
}

/// Returns the known name that is most similar to a mistyped one, if any is similar.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        // If more than a third of the letters differ, the hint would name an unrelated word.
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns the Levenshtein distance, with only one row of the table in memory.
fn distance(a: &str, b: &str) -> usize {
    // `row` holds the previous row and is overwritten from left to right. `above_left` keeps the
    // cell that was overwritten last, and `before` is the new cell to the left.
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (at, left) in a.chars().enumerate() {
        let mut above_left = at;
        let mut before = at.saturating_add(1);
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = above_left.saturating_add(usize::from(left != right));
            above_left = *cell;
            *cell = replaced.min(cell.saturating_add(1)).min(before.saturating_add(1));
            before = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}
