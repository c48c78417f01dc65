//! JSON as it came: numbers stay the text that was sent, strings borrow from the message.
//!
//! A JSON number that passes through binary floating point is no longer the amount that the hospital wrote (I2), and
//! `serde_json` can keep the text only through a feature that changes every crate of the workspace. So the way in is read
//! here, in one pass, with a fixed depth; what is accepted is held equal to `serde_json` by a property test. The way out
//! needs none of this and uses `serde_json`.

use std::borrow::Cow;

/// Levels of nesting that are followed; the deepest transaction (3101) has eight.
pub const DEPTH_MAX: usize = 32;

/// A JSON value over the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Json<'a>>),
    /// An object; keys in the order sent, repeated ones too.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    /// Byte offset.
    pub at: usize,
    /// What is wrong, for the person at the desk.
    pub what: &'static str,
}

impl<'a> Json<'a> {
    /// Reads one value; only blanks may follow it.
    pub fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.blanks();
        if reader.at < text.len() { Err(reader.error("之后还有多余内容")) } else { Ok(value) }
    }

    /// The last member of an object with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Whether nothing was sent: `null`, or a string of blanks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    const fn error(&self, what: &'static str) -> JsonError {
        JsonError { at: self.at, what }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        if depth > DEPTH_MAX {
            return Err(self.error("嵌套过深"));
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(_) => Err(self.error("不是 JSON 的值")),
            None => Err(self.error("内容不完整")),
        }
    }

    fn word(&mut self, word: &'static str, value: Json<'a>) -> Result<Json<'a>, JsonError> {
        if self.rest().starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.error("不是 JSON 的值"))
        }
    }

    /// A comma or the closing bracket; `true` when the collection goes on.
    fn goes_on(&mut self, close: u8) -> Result<bool, JsonError> {
        self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => Err(self.error("缺少逗号或括号")),
            None => Err(self.error("内容不完整")),
        }
    }

    fn opens_empty(&mut self, close: u8) -> bool {
        self.at += 1;
        self.blanks();
        let empty = self.peek() == Some(close);
        if empty {
            self.at += 1;
        }
        empty
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let mut items = Vec::new();
        if self.opens_empty(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.goes_on(b']')? {
                return Ok(Json::List(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let mut members = Vec::new();
        if self.opens_empty(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.error("缺少加引号的名称"));
            }
            let name = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.error("名称之后缺少冒号"));
            }
            self.at += 1;
            members.push((name, self.value(depth + 1)?));
            if !self.goes_on(b'}')? {
                return Ok(Json::Object(members));
            }
        }
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(self.error("数字格式不正确"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.error("数字格式不正确"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.error("数字格式不正确"));
            }
        }
        Ok(Json::Number(self.text.get(from..self.at).unwrap_or_default()))
    }

    /// A string from its opening quote; borrowed unless it holds escapes.
    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let rest = self.rest();
            let Some(end) = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20) else {
                self.at = self.text.len();
                return Err(self.error("内容不完整"));
            };
            let plain = rest.get(..end).unwrap_or_default();
            self.at += end;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_with(String::new);
                    text.push_str(plain);
                    self.at += 1;
                    let escaped = self.escape()?;
                    text.push(escaped);
                }
                _ => return Err(self.error("文本中有未转义的控制字符")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let byte = self.peek().ok_or_else(|| self.error("内容不完整"))?;
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err(self.error("转义不正确"));
            }
        })
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let wrong = self.error("转义不正确");
        let first = self.hex().ok_or(wrong)?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if !self.rest().starts_with("\\u") {
                return Err(wrong);
            }
            self.at += 2;
            let second = self.hex().filter(|code| (0xDC00..0xE000).contains(code)).ok_or(wrong)?;
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or(wrong)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        let mut code = 0;
        for digit in digits {
            code = code * 16 + char::from(*digit).to_digit(16)?;
        }
        self.at += 4;
        Some(code)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn i2_numbers_stay_the_text_that_was_sent() {
        for text in ["0.1", "-0", "100.00", "1.0E7", "12345678901234567890.12"] {
            assert_eq!(Json::parse(text), Ok(Json::Number(text)));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, at, what) in [
            ("", 0, "内容不完整"),
            ("{\"a\":1", 6, "内容不完整"),
            ("{\"a\" 1}", 5, "名称之后缺少冒号"),
            ("{a:1}", 1, "缺少加引号的名称"),
            ("[1 2]", 3, "缺少逗号或括号"),
            ("{} x", 3, "之后还有多余内容"),
            ("01", 2, "数字格式不正确"),
            ("\"\\x\"", 2, "转义不正确"),
            ("\"\\ud800\"", 3, "转义不正确"),
            ("\"a\nb\"", 2, "文本中有未转义的控制字符"),
        ] {
            assert_eq!(Json::parse(text), Err(JsonError { at, what }), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Json::parse(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(Json::parse(&nested(1_000_000)).unwrap_err().what, "嵌套过深");
    }

    /// The same value as `serde_json` reads it, numbers as text set aside.
    fn same(ours: &Json<'_>, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Json::Null, serde_json::Value::Null) | (Json::Number(_), serde_json::Value::Number(_)) => true,
            (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Json::Text(a), serde_json::Value::String(b)) => a == b,
            (Json::List(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Json::Object(a), serde_json::Value::Object(b)) => {
                b.iter().all(|(key, b)| a.iter().rev().find(|(name, _)| name == key).is_some_and(|(_, a)| same(a, b)))
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn accepts_what_serde_json_accepts(text in r#"[\[\]{}:,"\\a-c0-9eE.+\- ntrufls\n国]{0,24}"#) {
            let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
            match (Json::parse(&text), theirs) {
                (Ok(ours), Ok(theirs)) => prop_assert!(same(&ours, &theirs), "{text}"),
                (Err(_), Err(_)) => {}
                // A number beyond binary floating point is a number all the same.
                (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{text}: {error}"),
                (Err(error), Ok(_)) => prop_assert!(false, "{text}: {error:?}"),
            }
        }

        #[test]
        fn reads_what_serde_json_writes(keys in proptest::collection::vec("\\PC{0,8}", 0..6), texts in proptest::collection::vec(any::<String>(), 6)) {
            let object: serde_json::Map<_, _> = keys.into_iter().zip(texts).map(|(k, v)| (k, v.into())).collect();
            let written = serde_json::Value::Object(object);
            let text = written.to_string();
            prop_assert!(same(&Json::parse(&text).unwrap(), &written), "{text}");
        }
    }
}
