//! The standard input of curl, as far as it is in the command, and the options that read it.

/// Returns the output of a command before a pipe: `cat` with a here-document, or `echo` with texts
/// that all shells print alike.
pub(super) fn output(command: &[Vec<u8>], stdin: Option<&[u8]>) -> Option<Vec<u8>> {
    let (name, arguments) = command.split_first()?;
    match (name.as_slice(), arguments) {
        (b"cat", []) => stdin.map(<[u8]>::to_vec),
        (b"echo", arguments) => {
            let (is_bare, texts) = match arguments {
                [option, texts @ ..] if option == b"-n" => (true, texts),
                texts => (false, texts),
            };
            let is_plain = |text: &Vec<u8>| !text.starts_with(b"-") && !text.contains(&b'\\');
            let mut output = texts.join(&b' ');
            output.extend((!is_bare).then_some(b'\n'));
            texts.iter().all(is_plain).then_some(output)
        }
        _ => None,
    }
}

/// Replaces `@-` by the text that curl reads there.
pub(super) fn with_stdin(words: Vec<Vec<u8>>, stdin: Option<Vec<u8>>) -> Vec<Vec<u8>> {
    let Some(stdin) = stdin else { return words };
    let mut replaced: Vec<Vec<u8>> = Vec::new();
    for word in words {
        let option = replaced.last().map(Vec::as_slice).unwrap_or_default();
        // `-d` removes line ends (curl's manual), and the others keep them.
        let lines = || stdin.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | 0));
        let (option, text) = match (option, word.as_slice()) {
            (b"-d" | b"--data" | b"--data-ascii", b"@-") => {
                (b"--data-raw".to_vec(), lines().collect())
            }
            (b"--data-binary", b"@-") => (b"--data-raw".to_vec(), stdin.clone()),
            (b"--json", b"@-") => (option.to_vec(), stdin.clone()),
            (b"--data-urlencode", name) if name.ends_with(b"@-") => {
                let name = name.strip_suffix(b"@-").unwrap_or_default();
                (option.to_vec(), [name, b"=", stdin.as_slice()].concat())
            }
            (_, b"-d@-") => {
                replaced.push(b"--data-raw".to_vec());
                replaced.push(lines().collect());
                continue;
            }
            _ => {
                replaced.push(word);
                continue;
            }
        };
        replaced.pop();
        replaced.extend([option, text]);
    }
    replaced
}
