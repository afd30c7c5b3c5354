use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// A table of a manifest.
///
/// It reads what Cargo has accepted before, so it takes more than TOML does: it has to find the
/// names of dependencies, not the mistakes. Numbers, dates and arrays are read over.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Table(BTreeMap<String, Value>);

#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    Table(Table),
    /// Without unescaping: no name has anything to escape.
    Text(String),
    Bool(bool),
    /// Anything else.
    Other,
}

impl Table {
    /// The table of a whole manifest; `None` if it is none.
    pub(crate) fn parse(manifest: &str) -> Option<Self> {
        let mut root = Self::default();
        let mut rest = Reader(manifest.trim_start_matches('\u{feff}').chars().peekable());
        let mut table = &mut root;
        loop {
            rest.skip_blank();
            match rest.0.peek() {
                None => return Some(root),
                Some('[') => table = root.open(&rest.header()?),
                Some(_) => rest.assignment(table)?,
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    pub(crate) fn table(&self, key: &str) -> Option<&Self> {
        match self.get(key)? {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    /// The table `key`, taken out.
    pub(crate) fn into_table(mut self, key: &str) -> Option<Self> {
        match self.0.remove(key)? {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The table at `path`, which is made if there is none.
    fn open(&mut self, path: &[String]) -> &mut Self {
        path.iter().fold(self, |table, key| {
            let value = table.0.entry(key.clone()).or_insert(Value::Other);
            if !matches!(value, Value::Table(_)) {
                *value = Value::Table(Self::default());
            }
            match value {
                Value::Table(table) => table,
                _ => unreachable!("it has just been made one"),
            }
        })
    }
}

/// What is left to read.
struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    /// `[a.b]`, or `[[a.b]]`, whose tables may be taken for one: none has dependencies.
    fn header(&mut self) -> Option<Vec<String>> {
        self.take('[')?;
        let is_array = self.take('[').is_some();
        let path = self.path()?;
        self.take(']')?;
        if is_array { self.take(']').map(|()| path) } else { Some(path) }
    }

    /// `a.b = value`, in `table`.
    fn assignment(&mut self, table: &mut Table) -> Option<()> {
        let path = self.path()?;
        self.take('=')?;
        self.skip_spaces();
        let (key, path) = path.split_last()?;
        let value = self.value()?;
        table.open(path).0.insert(key.clone(), value);
        Some(())
    }

    /// `a."b".c`, and the spaces around it.
    fn path(&mut self) -> Option<Vec<String>> {
        let mut path = Vec::new();
        loop {
            self.skip_spaces();
            path.push(match self.0.peek()? {
                '"' | '\'' => self.text()?,
                _ => self.bare(|letter| letter.is_alphanumeric() || "-_".contains(letter))?,
            });
            self.skip_spaces();
            if self.take('.').is_none() {
                return Some(path);
            }
        }
    }

    fn value(&mut self) -> Option<Value> {
        Some(match self.0.peek()? {
            '"' | '\'' => Value::Text(self.text()?),
            '[' => {
                self.items(']', |inside| inside.value().map(drop))?;
                Value::Other
            }
            '{' => {
                let mut table = Table::default();
                self.items('}', |inside| inside.assignment(&mut table))?;
                Value::Table(table)
            }
            _ => match &*self.bare(|letter| !letter.is_whitespace() && !",]}#".contains(letter))? {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::Other,
            },
        })
    }

    /// What stands between a bracket and `closing`, with commas between.
    fn items(
        &mut self,
        closing: char,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.0.next()?;
        loop {
            self.skip_blank();
            if self.take(closing).is_some() {
                return Some(());
            }
            item(self)?;
            self.skip_blank();
            if self.take(',').is_none() {
                return self.take(closing);
            }
        }
    }

    /// A string of any of the four kinds.
    fn text(&mut self) -> Option<String> {
        let quote = self.0.next()?;
        let mut text = String::new();
        let mut ends_after = 1;
        if self.take(quote).is_some() {
            if self.take(quote).is_none() {
                return Some(text); // empty
            }
            ends_after = 3;
        }
        let mut quotes = 0;
        loop {
            let letter = self.0.next()?;
            text.push(letter);
            if letter == '\\' && quote == '"' {
                text.push(self.0.next()?);
            }
            quotes = if letter == quote { quotes + 1 } else { 0 };
            // Quotes may stand right before the three that end a text of several lines.
            if quotes >= ends_after && (ends_after == 1 || self.0.peek() != Some(&quote)) {
                text.truncate(text.len() - ends_after);
                return Some(text);
            }
        }
    }

    /// One or more letters that `belongs` accepts.
    fn bare(&mut self, belongs: impl Fn(char) -> bool) -> Option<String> {
        let mut word = String::new();
        while let Some(letter) = self.0.next_if(|letter| belongs(*letter)) {
            word.push(letter);
        }
        (!word.is_empty()).then_some(word)
    }

    fn take(&mut self, expected: char) -> Option<()> {
        self.0.next_if_eq(&expected).map(drop)
    }

    fn skip_spaces(&mut self) {
        while self.0.next_if(|letter| matches!(letter, ' ' | '\t')).is_some() {}
    }

    /// Spaces, line ends and comments.
    fn skip_blank(&mut self) {
        while let Some(letter) = self.0.next_if(|letter| letter.is_whitespace() || *letter == '#') {
            if letter == '#' {
                while self.0.next_if(|letter| *letter != '\n').is_some() {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, Value};

    #[test]
    fn tables_are_found_in_every_spelling() {
        let spellings = [
            "[dependencies]\nfoo = { package = \"bar\", optional = true }",
            "[dependencies.foo]\npackage = 'bar' # which it is\noptional = true\n",
            "dependencies.foo.package = \"bar\"\r\ndependencies.foo.optional = true",
            "[ dependencies . \"foo\" ]\n'package' = \"bar\"\noptional=true",
            "dependencies = {foo={\npackage = \"\"\"bar\"\"\", # two lines\noptional = true,\n}}",
            "\u{feff}[dependencies]\nfoo.package = '''bar'''\nfoo.optional = true",
        ];
        for spelling in spellings {
            let root = Table::parse(spelling).expect(spelling);
            let foo = root.table("dependencies").and_then(|it| it.table("foo")).expect(spelling);
            assert_eq!(foo.text("package"), Some("bar"), "{spelling}");
            assert!(foo.is_set("optional"), "{spelling}");
        }
    }

    #[test]
    fn everything_else_is_read_over() {
        let manifest = r##"
            [package] # it says: [dependencies]
            name = "a\"b"
            description = """
                four "quotes" before the end: """"
            path = 'C:\'
            date = 1979-05-27T07:32:00Z
            authors = ["] not the end", '"', [1.5, 2], { a = "}" },
                # nor here ]
            ]

            [[bin]]
            name = "one"
            [[bin]]
            name.first = true

            [empty]
            [last]
            one = ""
            two = "there"
        "##;
        let root = Table::parse(manifest).expect("a manifest");
        let package = root.table("package").expect("a package");
        assert_eq!(package.text("name"), Some(r#"a\"b"#));
        assert!(package.text("description").is_some_and(|it| it.ends_with("end: \"")));
        assert_eq!(package.text("path"), Some(r"C:\"));
        assert_eq!(package.get("date"), Some(&Value::Other));
        assert_eq!(package.get("authors"), Some(&Value::Other));
        assert_eq!(root.table("empty"), Some(&Table::default()));
        assert_eq!(root.table("last").and_then(|it| it.text("two")), Some("there"));
        assert_eq!(root.iter().count(), 4);
    }

    #[test]
    fn what_is_no_manifest_is_none() {
        for text in ["[", "[a", "a", "a = ", "a = \"", "a = [1", "a = { b = 1", "= 1", "a = {b}"] {
            assert_eq!(Table::parse(text), None, "{text}");
        }
    }
}
