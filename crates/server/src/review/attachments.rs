//! Files that support an appeal: of few kinds, of bounded size, never run, never changed.

use super::guard::{Caller, missing, note, write};
use super::item::{AttachmentView, attachment_view, seen};
use super::items::Names;
use super::password::{base64, from_base64, hex};
use crate::api::Problem;
use crate::desk::Desk;
use agency::{IdKind, Ids};
use axum::extract::multipart::Multipart;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Attachment, ReviewChanges};

/// Largest file, and most files of an item.
pub(super) const SIZE_MAX: usize = 5 << 20;
const COUNT_MAX: usize = 20;

/// What a file is, by its first bytes: its name is not believed.
fn kind(content: &[u8]) -> Option<&'static str> {
    match content {
        [0x25, 0x50, 0x44, 0x46, 0x2d, ..] => Some("application/pdf"),
        [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        _ => None,
    }
}

/// Uploads a file (part `file`): PDF, PNG or JPEG, at most 5 MiB.
#[utoipa::path(post, path = "/api/review/items/{key}/attachments", tag = "review", operation_id = "attach", params(("key" = String, Path)),
    request_body(content_type = "multipart/form-data", content = String),
    responses((status = 200, body = AttachmentView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn attach(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    mut parts: Multipart,
) -> Result<Json<AttachmentView>, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    let unfit =
        |title: &str, detail: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, title, detail).code("attachment");
    let broken = |_| unfit("上传内容不完整或过大", "单个文件不超过 5 MiB，请重新上传");
    let part = parts.next_field().await.map_err(broken)?.ok_or_else(|| unfit("没有文件", "请选择要上传的文件"))?;
    let name: String =
        part.file_name().unwrap_or("附件").chars().filter(|letter| !letter.is_control()).take(120).collect();
    let content = part.bytes().await.map_err(broken)?;
    if content.len() > SIZE_MAX {
        return Err(unfit("文件过大", "单个文件不超过 5 MiB"));
    }
    let kind = kind(&content).ok_or_else(|| unfit("不支持的文件类型", "请上传 PDF、PNG 或 JPEG；以文件内容为准"))?;
    if desk.store.review_attachments(&item.facts.institution, &item.facts.id).await?.len() >= COUNT_MAX {
        return Err(unfit("附件过多", "每个案件最多 20 个附件，请合并后上传"));
    }
    let attachment = Attachment {
        institution: item.facts.institution.clone(),
        id: desk.store.ids().next(IdKind::Document),
        item: item.facts.id.clone(),
        name,
        kind: kind.to_owned(),
        size: content.len() as u64,
        hash: hex(&Sha256::digest(&content)),
        uploaded_by: caller.user.account.clone(),
        uploaded_at: caller.at,
        content: base64(&content),
    };
    let (kept, entry) = (attachment.clone(), caller.entry("attach", &key, "done", ""));
    write(&desk, caller.at, move || ReviewChanges {
        attachments: vec![kept.clone()],
        log: vec![entry.clone()],
        ..ReviewChanges::default()
    })
    .await?;
    let names = Names::read(&desk, &caller).await?;
    Ok(Json(attachment_view(&caller, &attachment, &names)))
}

/// An attachment's bytes. Browsers save it; they show nothing of it.
#[utoipa::path(get, path = "/api/review/items/{key}/attachments/{id}", tag = "review", operation_id = "getAttachment",
    params(("key" = String, Path), ("id" = String, Path)), responses((status = 200, description = "文件"), (status = 404, body = Problem)))]
pub(super) async fn attachment(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path((key, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    let found = desk.store.review_attachment(&item.facts.institution, &id).await?;
    let found = found.filter(|found| found.item == item.facts.id).ok_or_else(|| missing("附件"))?;
    note(&desk, caller.entry("read_attachment", &key, "done", &id)).await?;
    let bytes = from_base64(&found.content).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, found.kind),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
