//! Removes what is copied along with a command: the prompt of a terminal, and the fences of a page.

use std::borrow::Cow;

/// Returns the command without the prompt before it, and without Markdown fences around it. Line
/// numbers stay the same.
pub(crate) fn bare(text: &str) -> Cow<'_, str> {
    let is_fence = |line: &str| line.trim_start().starts_with("```");
    let mut lines = text.lines();
    let prompt = lines.find_map(|line| Some((line, prompt_len(line)?)));
    if prompt.is_none() && !text.lines().any(is_fence) {
        return Cow::Borrowed(text);
    }
    let mut is_first = true;
    let bare = text.split_inclusive('\n').map(|line| {
        if is_fence(line) {
            return line.trim_start_matches(|c| c != '\n');
        }
        match prompt_len(line).filter(|_| is_first) {
            Some(length) => {
                is_first = false;
                line.get(length..).unwrap_or_default()
            }
            None => line,
        }
    });
    Cow::Owned(bare.collect())
}

/// Returns the length of a prompt before `curl` that a shell would read as something else.
///
/// Prompts that end in `$`, `#` or `%` are words of their own, which the shell's parser skips.
fn prompt_len(line: &str) -> Option<usize> {
    let at = line.find("curl")?;
    let (before, _) = line.split_at_checked(at)?;
    let prompt = before.trim();
    // `PS C:\Users\ann>`, `C:\Users\ann>`, `>`, `❯`, `➜  ~`.
    let is_windows = prompt.ends_with('>')
        && (prompt.starts_with("PS ") || prompt.get(1..3) == Some(":\\") || prompt == ">");
    let is_arrow = prompt.starts_with(['\u{276f}', '\u{279c}', '\u{bb}', '\u{3bb}'])
        || prompt.ends_with(['\u{276f}', '\u{279c}']);
    (is_windows || is_arrow).then_some(at)
}
