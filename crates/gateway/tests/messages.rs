//! Messages through the whole way in: valid ones of every transaction are read, and what is wrong is named.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod support;

use gateway::{Node, NodeKind, Profile, Request, Table, Transaction};
use proptest::prelude::*;
use support::{Dice, Fill, Message, mutated, valid};

fn national() -> Profile {
    Profile::packed("national").unwrap()
}

fn transaction(infno: &str) -> &'static Transaction {
    Table::get().transaction(infno).unwrap()
}

fn rejected(text: &str) -> String {
    Request::read(text.as_bytes(), &national())
        .map(|_| "accepted".to_owned())
        .unwrap_or_else(|rejection| rejection.message)
}

#[test]
fn a_valid_message_of_every_transaction_is_read() {
    let profile = national();
    for transaction in Table::get().transactions() {
        for (seed, fill) in [(1, Fill::All), (2, Fill::Required), (3, Fill::Some)] {
            let message = valid(transaction, fill, &mut Dice(seed));
            if let Err(rejection) = Request::read(message.text.as_bytes(), &profile) {
                panic!("{} {fill:?}: {}\n{}", transaction.infno, rejection.message, message.text);
            }
        }
    }
}

/// Every required field of every node, as path and label.
fn required(node: &Node, path: &str, into: &mut Vec<(String, &'static str, &'static str)>) {
    for field in node.fields.iter().filter(|field| field.required) {
        let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        into.push((path, field.name, field.label));
    }
    for child in &node.children {
        let path = if path.is_empty() { child.name.to_owned() } else { format!("{path}.{}", child.name) };
        required(child, &path, into);
    }
}

#[test]
fn every_required_field_is_named_when_it_is_empty() {
    let mut checked = 0;
    for transaction in Table::get().transactions().filter(|one| gateway::is_offered(one.infno)) {
        let message = valid(transaction, Fill::All, &mut Dice(7));
        let mut fields = Vec::new();
        required(&transaction.request, "", &mut fields);
        required(Table::get().envelope(), "", &mut fields);
        for (path, name, label) in fields.into_iter().filter(|(path, _, _)| path != "infno") {
            for empty in ["null", "\"\"", "\"  \""] {
                let told = rejected(&message.with(&path, empty));
                assert!(
                    told.contains(&format!("字段 {name}（{label}）：不能为空，请填写")),
                    "{} {path} {empty}: {told}",
                    transaction.infno
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 3000, "{checked} fields");
}

#[test]
fn what_is_wrong_is_told_with_node_field_and_remedy() {
    let settle = valid(transaction("2207"), Fill::All, &mut Dice(1));
    let lines = valid(transaction("2204"), Fill::Required, &mut Dice(4));
    let data = |field: &str| format!("data.{field}");
    for (message, path, value, expect) in [
        (
            &settle,
            data("medfee_sumamt"),
            "\"一百\"",
            "节点 data 字段 medfee_sumamt（医疗费总额）：“一百”不是数字，请填写最多 2 位小数的数字",
        ),
        (&settle, data("medfee_sumamt"), "1.005", "字段 medfee_sumamt（医疗费总额）：“1.005”的小数超过 2 位"),
        (&settle, data("medfee_sumamt"), "[1]", "字段 medfee_sumamt（医疗费总额）：应为单个值"),
        (
            &settle,
            data("insutype"),
            "\"999\"",
            "字段 insutype（险种类型）：“999”不在字典 insutype 中，可填：310 职工基本医疗保险、",
        ),
        (
            &settle,
            data("psn_no"),
            "\"1234567890123456789012345678901\"",
            "字段 psn_no（人员编号）：超过 30 个字符（实为 31 个），请缩短",
        ),
        (
            &settle,
            "inf_time".into(),
            "\"10/01/2025\"",
            "字段 inf_time（交易时间）：“10/01/2025”不是日期时间，请按 yyyy-MM-dd HH:mm:ss 填写",
        ),
        (&settle, data("mdtrt_id"), "\"M1\\u0000\"", "字段 mdtrt_id（就诊ID）：含有控制字符 U+0000，请去掉后重发"),
        (&settle, "msgid".into(), "\"\\u0000\"", "字段 msgid（发送方报文ID）：含有控制字符 U+0000"),
        (&settle, "data".into(), "null", "节点 data：缺少该节点"),
        (&settle, "data".into(), "\"text\"", "节点 data：不是JSON 对象"),
        (&settle, "data".into(), "[{},{}]", "节点 data：只能有一行，收到 2 行"),
        (&settle, "input".into(), "null", "字段 input（交易输入）：不能为空"),
        (
            &settle,
            "input".into(),
            "\"{\"",
            "字段 input（交易输入）：不是合法的 JSON 文本（第 2 字节：缺少加引号的名称）",
        ),
        (&settle, "input".into(), "[]", "字段 input（交易输入）：不是 JSON 对象"),
        (&settle, "infno".into(), "\"9999\"", "字段 infno（交易编号）：没有交易 “9999”，请核对交易编号"),
        (&lines, "feedetail".into(), "[]", "节点 feedetail：缺少该节点"),
        (&lines, "feedetail".into(), "[1]", "节点 feedetail 第 1 行：不是 JSON 对象"),
        (
            &lines,
            "feedetail.fee_ocur_time".into(),
            "\"2025-02-30 10:00:00\"",
            "节点 feedetail 第 1 行 字段 fee_ocur_time（费用发生时间）：“2025-02-30 10:00:00”不是日期时间",
        ),
    ] {
        let told = rejected(&message.with(&path, value));
        assert!(told.contains(expect), "{path} = {value}\n want {expect}\n told {told}");
    }
}

#[test]
fn messages_that_are_not_messages_are_told_apart() {
    let profile = national();
    for (bytes, expect) in [
        (&b""[..], "内容不完整"),
        (b"[]", "报文不是 JSON 对象"),
        (b"{\"infno\":\"2207\"", "不是合法的 JSON（第 16 字节：内容不完整）"),
        (b"\xc4\xe3\xba\xc3", "第 1 字节不是 UTF-8 编码"),
        (b"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", "嵌套过深"),
        (b"{}", "报文至少有 11 处错误"),
    ] {
        let told = Request::read(bytes, &profile).map(|_| ()).unwrap_err().message;
        assert!(told.contains(expect), "{}: {told}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn live_clients_forms_are_understood() {
    let profile = national();
    let message = valid(transaction("2204"), Fill::All, &mut Dice(9));
    let plain = Request::read(message.text.as_bytes(), &profile).unwrap();
    let (_, start, end) = message.values.iter().find(|(path, _, _)| path == "input").unwrap().clone();
    let input = &message.text[start..end];
    let as_text = message.with("input", &serde_json::Value::from(input).to_string());
    let with_mark = format!("\u{feff}{}", message.text);
    let unknown =
        message.text.replacen("{\"infno\"", "{\"enc_type\":\"\",\"fixmedins_soft_fcty\":{\"a\":[1]},\"infno\"", 1);
    let (_, start, end) = message.values.iter().find(|(path, _, _)| path == "feedetail").unwrap().clone();
    let rows = serde_json::Value::from(&message.text[start..end]).to_string();
    let node_as_text = message.with("feedetail", &rows);
    for (what, text) in [
        ("input as text", as_text),
        ("byte order mark", with_mark),
        ("unknown keys", unknown),
        ("node as text", node_as_text),
    ] {
        let read = Request::read(text.as_bytes(), &profile).unwrap_or_else(|e| panic!("{what}: {}", e.message));
        assert_eq!(read.fingerprint(), plain.fingerprint(), "{what}: the same message");
    }
    let single = valid(transaction("2302"), Fill::All, &mut Dice(2));
    let one_object = single.with("data", r#"{"feedetl_sn":"1","mdtrt_id":"M1","psn_no":"P1"}"#);
    assert_eq!(Request::read(one_object.as_bytes(), &profile).unwrap().input.rows("data").len(), 1);
    let object = valid(transaction("2207"), Fill::All, &mut Dice(2));
    let (_, start, end) = object.values.iter().find(|(path, _, _)| path == "data").unwrap().clone();
    let one_row = object.with("data", &format!("[{}]", &object.text[start..end]));
    assert!(Request::read(one_row.as_bytes(), &profile).is_ok(), "a list of one for an object");
}

#[test]
fn spellings_of_one_name_are_understood_and_structure_counts_before_text() {
    let profile = national();
    let message = valid(transaction("2204"), Fill::Required, &mut Dice(9));
    let read = |text: &str| Request::read(text.as_bytes(), &profile).unwrap_or_else(|e| panic!("{}", e.message));
    let camel = message.text.replace("\"psn_no\"", "\"psnNo\"");
    assert_eq!(read(&camel).fingerprint(), read(&message.text).fingerprint());
    let both = message.text.replacen("\"feedetail\":", "\"feedetail\":\"[]\",\"feedetail\":", 1);
    assert_eq!(read(&both).fingerprint(), read(&message.text).fingerprint(), "a list beside its text");
    let two = message.text.replacen("{\"infno\"", "{\"MSGID\":\"other\",\"infno\"", 1);
    assert_eq!(read(&two).envelope.msgid, read(&message.text).envelope.msgid, "the exact spelling counts");
}

#[test]
fn i6_the_fingerprint_tells_bodies_apart_but_not_their_spelling() {
    let profile = national();
    let message = valid(transaction("2207"), Fill::All, &mut Dice(5));
    let of =
        |text: &str| Request::read(text.as_bytes(), &profile).unwrap_or_else(|e| panic!("{}", e.message)).fingerprint();
    let base = of(&message.with("data.medfee_sumamt", "100.50"));
    for same in ["\"100.50\"", "100.5", "\"100.500\"", "1.005E2", "\" 100.5 \""] {
        assert_eq!(of(&message.with("data.medfee_sumamt", same)), base, "{same}");
    }
    assert_ne!(of(&message.with("data.medfee_sumamt", "100.51")), base);
    let later = Request::read(message.with("inf_time", "\"2025-01-10 10:16:00\"").as_bytes(), &profile).unwrap();
    assert_eq!(later.fingerprint(), of(&message.text), "a retry has its own time");
}

#[test]
fn a_clock_a_day_off_is_named() {
    let profile = national();
    let message = valid(transaction("1101"), Fill::All, &mut Dice(5));
    let request = Request::read(message.text.as_bytes(), &profile).unwrap();
    let sent = request.envelope.sent_at;
    assert_eq!(request.check_clock(model::Stamp(sent.0 + 3600), &profile), Ok(()));
    let fault = request.check_clock(model::Stamp(sent.0 - 400 * 86_400), &profile).unwrap_err().to_string();
    assert!(fault.contains("字段 inf_time（交易时间）") && fault.contains("请校准本机时钟"), "{fault}");
}

#[test]
fn i12_free_texts_are_never_quoted() {
    let message = valid(transaction("1101"), Fill::All, &mut Dice(5));
    for (path, value) in [("data.psn_name", "某某某"), ("data.certno", "999901198001010019")] {
        let told = rejected(&message.with(path, &format!("\"{}\"", value.repeat(20))));
        assert!(told.contains("超过") && !told.contains(value), "{told}");
    }
}

/// What the fuzz example does by the million, a little of it: mutated messages are read or refused, nothing else.
#[test]
fn mutated_messages_of_every_transaction_are_read_or_refused() {
    let profile = national();
    let (mut read, mut refused) = (0, 0);
    let mut bytes = Vec::new();
    for (index, transaction) in Table::get().transactions().enumerate() {
        let mut dice = Dice(index as u64);
        let message: Message = valid(transaction, Fill::Some, &mut dice);
        for _ in 0..60 {
            mutated(&message, &mut dice, &mut bytes);
            match Request::read(&bytes, &profile) {
                Ok(request) => {
                    read += 1;
                    assert_ne!(request.fingerprint(), [0; 32]);
                    let _ = gateway::understand(&request, &profile);
                }
                Err(rejection) => {
                    refused += 1;
                    assert!(!rejection.message.is_empty(), "{}", String::from_utf8_lossy(&bytes));
                }
            }
        }
    }
    assert!(read > 1000 && refused > 5000, "{read} read, {refused} refused");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_refused_with_a_reason(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let rejection = Request::read(&bytes, &national()).unwrap_err();
        prop_assert!(rejection.message.contains("报文"), "{}", rejection.message);
    }

    #[test]
    fn any_text_in_any_field_is_read_or_refused(seed in any::<u64>(), text in any::<String>()) {
        let mut dice = Dice(seed);
        let all: Vec<&Transaction> = Table::get().transactions().collect();
        let message = valid(all[dice.below(all.len())], Fill::Some, &mut dice);
        let (path, _, _) = &message.values[dice.below(message.values.len())];
        let changed = message.with(path, &serde_json::Value::from(text).to_string());
        match Request::read(changed.as_bytes(), &national()) {
            Ok(request) => prop_assert_eq!(request.transaction.infno, request.envelope.infno),
            Err(rejection) => prop_assert!(!rejection.message.is_empty()),
        }
    }
}

#[test]
fn ten_thousand_faults_are_told_as_ten() {
    let message = valid(transaction("2204"), Fill::All, &mut Dice(9));
    let rows = vec!["{}"; 9000].join(",");
    let told = rejected(&message.with("feedetail", &format!("[{rows}]")));
    assert!(told.starts_with("报文至少有") && told.chars().count() < 1200, "{told}");
    let rows = vec!["{}"; 20_000].join(",");
    assert!(rejected(&message.with("feedetail", &format!("[{rows}]"))).contains("超过 10000 行"));
    assert_eq!(transaction("2204").request.child("feedetail").unwrap().kind, NodeKind::List);
}

/// Looking for each field among all keys would take a dozen seconds here.
#[test]
fn a_hundred_thousand_unknown_keys_cost_little() {
    let message = valid(transaction("4101"), Fill::Required, &mut Dice(9));
    let keys: Vec<String> = (0..100_000).map(|number| format!("\"psn_{number}\":0")).collect();
    let begun = std::time::Instant::now();
    let told = rejected(&message.with("setlinfo", &format!("{{{}}}", keys.join(","))));
    assert!(told.contains("字段 psn_no（人员编号）：不能为空"), "{told}");
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}
