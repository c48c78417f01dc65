//! 3101, 3102: a visit is judged before it is settled; 3103: what was done about it.

use super::{Message, Reply};
use crate::bedside::{Advised, Asker, REMINDER, document};
use crate::observe::Ending;
use agency::{Changes, Needs, Outcome, Refusal};
use bedside::{Advice, Answered, Inquiry, Shown, Unadvisable};
use gateway::{Rejection, Response};
use std::sync::{Arc, Mutex, PoisonError};
use store::Decide;

/// What a client is shown, or passes over, when nothing was checked.
const NOT_CHECKED: &str = "未审核：审核服务暂时不可用，本次结果为空不代表无疑点；诊疗与结算照常进行";

impl Message<'_> {
    /// One inquiry a patient, normally one.
    pub(super) async fn advise(&self, inquiries: Vec<Inquiry>) -> Result<Reply, (Rejection, Ending)> {
        let envelope = &self.request.envelope;
        let asker =
            Asker { institution: &envelope.institution, area: &envelope.treatment_area, message: &envelope.msgid };
        let mut told: Vec<(Arc<Inquiry>, Advice)> = Vec::with_capacity(inquiries.len());
        for inquiry in inquiries.into_iter().map(Arc::new) {
            match self.desk.advise(asker, Arc::clone(&inquiry)).await {
                Advised::Told(advice) => told.push((inquiry, advice)),
                Advised::Unadvisable(Unadvisable::UnknownRule { asked, nearest }) => {
                    let hint = nearest.map(|near| format!("，是否为 {near}？")).unwrap_or_default();
                    return self.refuse(format!(
                        "节点 data 字段 rule_ids（规则标识集合）：没有规则“{asked}”{hint}请核对规则标识，或改填 trig_scen"
                    ));
                }
                Advised::Unadvisable(Unadvisable::NoCurrentVisit) => {
                    return self.refuse("节点 data › patient_dtos：没有当前就诊；请把当前就诊放入就诊信息集合");
                }
                Advised::NotChecked(_) => {
                    return Ok(Reply::Envelope(self.writer().unchecked(NOT_CHECKED), Ending::Done));
                }
            }
        }
        let told: Vec<(&Inquiry, &Advice)> = told.iter().map(|(inquiry, advice)| (inquiry.as_ref(), advice)).collect();
        Ok(Reply::Envelope(self.writer().advised(&told), Ending::Done))
    }

    /// Kept in the file of the person; the last answer to a reminder wins.
    pub(super) async fn respond(&self, responses: Vec<Response>) -> Result<Reply, (Rejection, Ending)> {
        let mut person: Option<String> = None;
        for response in &responses {
            let known = self.desk.shown(&response.id).await.map_err(|error| self.unavailable(&error))?;
            let Some(known) = known.filter(|known| known.institution == self.request.envelope.institution) else {
                return self.refuse(format!(
                    "节点 data › warns 字段 warn_rslt_id（违规标识）：没有向本机构返回过“{}”；请填 3101、3102 返回的 jr_id",
                    response.id.chars().take(40).collect::<String>()
                ));
            };
            if person.as_ref().is_some_and(|person| *person != known.person) {
                return self.refuse("节点 data › warns：各违规标识不是同一参保人的；请按参保人分次反馈");
            }
            person = Some(known.person);
        }
        let Some(person) = person else {
            return self.refuse("节点 data › warns：缺少该节点，请按接口规范上传");
        };
        let needs = responses.iter().map(|response| (REMINDER.to_owned(), response.id.clone()));
        let needs = Needs { documents: needs.collect(), ..Needs::default() };
        let (writer, at, by) = (self.writer(), self.received.stamp, self.request.envelope.operator.clone());
        let answered: Arc<Mutex<Vec<Shown>>> = Arc::default();
        let kept = Arc::clone(&answered);
        let decide: Decide = Arc::new(move |file, _| {
            let mut shown = Vec::with_capacity(responses.len());
            for response in &responses {
                let held = file.documents.iter().find(|known| known.kind == REMINDER && known.key == response.id);
                let held = held.and_then(|known| serde_json::from_str::<Shown>(&known.content).ok());
                let Some(mut held) = held else {
                    let refusal = Refusal::new("warn_rslt_id", "没有这条提醒", "请填 3101、3102 返回的 jr_id");
                    return writer.refusing(&refusal);
                };
                let (way, reason) = (response.way, response.reason.clone());
                held.answered = Some(Answered { way, reason, at, by: by.clone() });
                shown.push(held);
            }
            let changes = Changes { documents: shown.iter().filter_map(document).collect(), ..Changes::default() };
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = shown;
            writer.done(changes, writer.said(&Outcome::Done))
        });
        let reply = self.submit(person, needs, decide).await?;
        for shown in answered.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            self.desk.bedside.histories.answered(shown);
        }
        Ok(reply)
    }
}
