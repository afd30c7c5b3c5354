//! What a file of Rust refers to, as far as names go: enough of its grammar to find paths.

use std::collections::BTreeMap;

/// What a file uses, without its tests.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Uses {
    /// Paths from `crate`, `self` or `super`, in `use` and elsewhere.
    pub(super) paths: Vec<Vec<String>>,
    /// Names that are re-exported, with the paths of each: a type and a macro may share a name.
    pub(super) re_exports: BTreeMap<String, Vec<Vec<String>>>,
    /// Modules that are there for tests only.
    pub(super) tests: Vec<String>,
}

/// Reads a file.
pub(super) fn uses(text: &str) -> Uses {
    let mut uses = Uses::default();
    let words = tokens(text);
    let (mut at, mut is_public) = (0, false);
    while at < words.len() {
        match words[at].as_str() {
            "#" if words[at..].starts_with(&TEST.map(str::to_owned)) => {
                at += TEST.len();
                if words.get(at).is_some_and(|word| word == "mod")
                    && words.get(at + 2).is_some_and(|word| word == ";")
                {
                    uses.tests.push(words[at + 1].clone());
                }
                at = item_end(&words, at);
            }
            "pub" => {
                is_public = true;
                at += 1;
                if words.get(at).is_some_and(|word| word == "(") {
                    at = group_end(&words, at);
                }
                continue;
            }
            "use" if words.get(at + 1).is_some_and(|word| word != "<") => {
                let end = item_end(&words, at);
                let mut paths = Vec::new();
                tree(&words[at + 1..end - 1], &mut 0, &[], &mut paths);
                for (path, name) in paths {
                    if is_public && path.last().is_some_and(|last| last != "*") {
                        uses.re_exports.entry(name).or_default().push(path.clone());
                    }
                    uses.paths.push(path);
                }
                at = end;
            }
            "crate" | "super" | "self" if words.get(at + 1).is_some_and(|word| word == "::") => {
                let mut path = vec![words[at].clone()];
                at += 1;
                while words.get(at).is_some_and(|word| word == "::")
                    && words.get(at + 1).is_some_and(|word| is_name(word))
                {
                    path.push(words[at + 1].clone());
                    at += 2;
                }
                uses.paths.push(path);
            }
            _ => at += 1,
        }
        is_public = false;
    }
    uses
}

const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Behind the item that begins here: a `;`, or a group in braces.
fn item_end(words: &[String], mut at: usize) -> usize {
    let is_use = words.get(at).is_some_and(|word| word == "use");
    while let Some(word) = words.get(at) {
        match word.as_str() {
            ";" => return at + 1,
            "{" if !is_use => return group_end(words, at),
            _ => at += 1,
        }
    }
    at
}

/// Behind the group that begins here.
fn group_end(words: &[String], mut at: usize) -> usize {
    let mut depth = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        match word.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The paths of a tree of `use`, each with the name that it gets here.
fn tree(
    words: &[String],
    at: &mut usize,
    before: &[String],
    paths: &mut Vec<(Vec<String>, String)>,
) {
    let mut path = before.to_vec();
    while let Some(word) = words.get(*at) {
        match word.as_str() {
            "::" => *at += 1,
            "{" => {
                *at += 1;
                while words.get(*at).is_some_and(|word| word != "}") {
                    tree(words, at, &path, paths);
                    if words.get(*at).is_some_and(|word| word == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "," | "}" => break,
            "as" => {
                let name = words.get(*at + 1).cloned().unwrap_or_default();
                *at += 2;
                paths.push((path, name));
                return;
            }
            word => {
                path.push(word.to_owned());
                *at += 1;
            }
        }
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let name = path.last().cloned().unwrap_or_default();
    paths.push((path, name));
}

/// The words and signs of a file, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if first == '"' {
            string(rest)
        } else if first == '\'' {
            character(rest)
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of `r"…"` or `r#"…"#` with any number of `#`, if one begins here.
fn raw_string(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("br").or(text.strip_prefix('r'))?;
    let hashes = inner.len() - inner.trim_start_matches('#').len();
    let content = inner[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content.find(&end).unwrap_or(content.len() - end.len().min(content.len()));
    Some(text.len() - content.len() + length + end.len())
}

fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A literal, or the `'` of a lifetime.
fn character(text: &str) -> usize {
    if text[1..].starts_with('\\') {
        return text[2..].find('\'').map_or(text.len(), |end| end + 3).max(4).min(text.len());
    }
    let mut chars = text[1..].char_indices();
    chars.next();
    match chars.next() {
        Some((at, '\'')) => at + 2,
        _ => 1,
    }
}

mod canaries {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split("::").map(str::to_owned).collect()
    }

    #[test]
    fn every_kind_of_path() {
        let text = r##"
            //! use crate::comment;
            use std::fmt; // crate::comment
            pub(crate) use self::inner::{Item as Renamed, deep::{self, Other}};
            pub use crate::all::*;
            const TEXT: &str = "crate::\" literal"; const RAW: &str = r#"crate::"literal"#;
            fn f<'a>(x: &'a u8) -> char { if *x == b'\'' { '"' } else { crate::called::g() } }
            #[cfg(test)]
            use crate::tested;
            #[cfg(test)]
            mod tests;
            #[cfg(test)]
            mod more { use crate::tested; }
            struct Last(super::Kind);
        "##;
        let uses = uses(text);
        let expected = [
            "std::fmt",
            "self::inner::Item",
            "self::inner::deep",
            "self::inner::deep::Other",
            "crate::all::*",
            "crate::called::g",
            "super::Kind",
        ];
        assert_eq!(uses.paths, expected.map(path));
        let names: Vec<_> = uses.re_exports.keys().map(String::as_str).collect();
        assert_eq!(names, ["Other", "Renamed", "deep"]);
        assert_eq!(uses.tests, ["tests"]);
    }
}
