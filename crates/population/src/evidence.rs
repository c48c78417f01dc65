//! The sentence of a finding: a template with the figures that made it (I4).

use crate::rows::{Row, Value};
use model::Fen;

/// Figures that a judge adds to those of the row.
#[derive(Debug, Clone, Default)]
pub struct Figures(Vec<(&'static str, Value)>);

impl Figures {
    /// Adds a figure.
    pub fn put(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }

    /// Adds a real one, where there is one.
    pub(crate) fn put_real(&mut self, name: &'static str, value: Option<f64>) {
        self.put(name, value.map_or(Value::Null, Value::Real));
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// Fills `{name}` of a template: `{name%}` as a percentage, `{name元}` fen as yuan. What is unknown reads “—”.
pub(crate) fn sentence(template: &str, row: Row<'_>, figures: &Figures) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, further)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        let (name, unit) = match (name.strip_suffix('%'), name.strip_suffix('元')) {
            (Some(name), _) => (name, Unit::Percent),
            (_, Some(name)) => (name, Unit::Yuan),
            _ => (name, Unit::Plain),
        };
        text.push_str(&shown(figures.get(name).unwrap_or_else(|| row.get(name)), unit));
        rest = further;
    }
    text.push_str(rest);
    text
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Plain,
    Percent,
    Yuan,
}

fn shown(value: &Value, unit: Unit) -> String {
    match (value, unit) {
        (Value::Null, _) => "—".into(),
        (Value::Text(text), _) => text.clone(),
        (Value::Whole(fen), Unit::Yuan) => format!("{}元", Fen(*fen)),
        (Value::Whole(number), Unit::Percent) => format!("{number}%"),
        (Value::Whole(number), Unit::Plain) => number.to_string(),
        (Value::Real(number), Unit::Percent) => format!("{:.1}%", number * 100.0),
        // A mean of amounts: shown to the fen, decides nothing.
        (Value::Real(number), Unit::Yuan) => format!("{:.2}元", number / 100.0),
        (Value::Real(number), Unit::Plain) => {
            let text = format!("{number:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        (Value::Day(day), _) => day.to_string(),
        (Value::Stamp(stamp), _) => stamp.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Rows;

    #[test]
    fn i4_a_sentence_carries_its_figures() {
        let rows = Rows {
            columns: ["share", "total", "name", "n"].map(String::from).to_vec(),
            cells: vec![vec![Value::Real(0.4567), Value::Whole(12_345), Value::Text("甲".into()), Value::Whole(7)]],
        };
        let mut figures = Figures::default();
        figures.put_real("z", Some(4.0));
        let template = "{name}占比{share%}，{n}次共{total元}，z={z}，同组{peers}家 {";
        assert_eq!(sentence(template, rows.row(0), &figures), "甲占比45.7%，7次共123.45元，z=4，同组—家 {");
    }
}
