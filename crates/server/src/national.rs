//! The national interface over HTTP: bytes in, envelope out. Whatever a caller sends, the answer is 200 with an infcode
//! (or the gateway's own `code` where a header scheme is in force): never a 5xx for a fault of the caller. Only a database
//! that is away is a 503, with an envelope too: the same message will do later.

mod bedside;
mod carry;
mod catalogues;
mod files;
mod questions;
mod signing;
mod writer;

use crate::clock;
use crate::desk::Desk;
use crate::observe::Ending;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gateway::{
    Answering, EnvelopeSignature, HeaderScheme, Intent, Moment, Profile, Rejection, Request, Route, understand,
};
use std::sync::Arc;
use std::time::Instant;

/// A message being answered.
struct Message<'a> {
    desk: &'a Arc<Desk>,
    request: Arc<Request>,
    profile: Arc<Profile>,
    received: Moment,
}

/// What goes back.
enum Reply {
    /// The bytes of an envelope.
    Envelope(Vec<u8>, Ending),
    /// A file (9102).
    File(String, Vec<u8>),
}

/// `POST` on any path that a layout of the interface has.
pub async fn handle(State(desk): State<Arc<Desk>>, http: HttpRequest) -> Response {
    let started = Instant::now();
    let received = clock::now();
    let Some(route) = Route::of(http.uri().path(), &desk.profile("")) else {
        return not_found(http.uri().path());
    };
    let headers = http.headers().clone();
    desk.metrics.under_way.inc();
    let (infno, institution, response, ending) = match body(&desk, http).await {
        Ok((bytes, file)) => answer(&desk, &headers, route, &bytes, file, received).await,
        Err(message) => {
            let rejection = Rejection { infno: String::new(), area: String::new(), message };
            (String::new(), String::new(), json(failed(&desk, &rejection, received)), Ending::Refused)
        }
    };
    desk.metrics.under_way.dec();
    let took = started.elapsed();
    desk.metrics.message(&infno, ending, took);
    tracing::info!(infno, institution, outcome = ending.word(), microseconds = took.as_micros() as u64, "message");
    response
}

fn not_found(path: &str) -> Response {
    let text = serde_json::json!({
        "type": "about:blank", "title": "没有这个路径", "status": 404,
        "detail": format!("{path} 不是接口路径；请用 POST /fsi/api/rsfComIfsService/callService，交易编号写在 infno"),
    });
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/problem+json")], text.to_string()).into_response()
}

/// The message, and the file beside it when it comes as multipart (9101).
async fn body(desk: &Desk, http: HttpRequest) -> Result<(Bytes, Option<Bytes>), String> {
    let limit = desk.config.body_max_mib << 20;
    let too_large = || format!("报文超过 {} MiB，请分批发送", desk.config.body_max_mib);
    let kind = http.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        return match axum::body::to_bytes(http.into_body(), limit).await {
            Ok(bytes) => Ok((bytes, None)),
            Err(_) => Err(too_large()),
        };
    }
    let (parts, body) = http.into_parts();
    let body = axum::body::to_bytes(body, limit).await.map_err(|_| too_large())?;
    let mut parts = Multipart::from_request(HttpRequest::from_parts(parts, Body::from(body)), &())
        .await
        .map_err(|error| format!("multipart 报文无法读取：{error}"))?;
    let (mut message, mut file) = (None, None);
    while let Some(part) = parts.next_field().await.map_err(|error| format!("multipart 报文无法读取：{error}"))?
    {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|error| format!("multipart 的 {name} 部分无法读取：{error}"))?;
        match name.as_str() {
            "jsonStr" => message = Some(bytes),
            _ => file = Some(bytes),
        }
    }
    Ok((message.ok_or("multipart 报文缺少 jsonStr 部分：请把整个报文放在其中")?, file))
}

async fn answer(
    desk: &Arc<Desk>,
    headers: &HeaderMap,
    route: Route,
    bytes: &[u8],
    file: Option<Bytes>,
    received: Moment,
) -> (String, String, Response, Ending) {
    let (request, profile) = match Request::read_by(bytes, |area| desk.profile(area)) {
        Ok(read) => read,
        Err(rejection) => {
            let infno = rejection.infno.clone();
            return (infno, String::new(), json(failed(desk, &rejection, received)), Ending::Refused);
        }
    };
    let (infno, institution) = (request.envelope.infno.clone(), request.envelope.institution.clone());
    if let Err(reply) = admitted(desk, headers, route, bytes, &request, &profile, received) {
        return (infno, institution, json(reply), Ending::Refused);
    }
    let message = Message { desk, request: Arc::new(request), profile, received };
    let reply = match message.carry_out(file).await {
        Ok(reply) => reply,
        Err((rejection, ending)) => Reply::Envelope(failed(desk, &rejection, received), ending),
    };
    match reply {
        Reply::Envelope(bytes, ending) => {
            let mut response = json(dressed(desk, &message.profile, bytes));
            if ending == Ending::Unavailable {
                // Not the caller's fault, and worth trying again with the same message.
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
            }
            (infno, institution, response, ending)
        }
        Reply::File(name, bytes) => {
            let disposition = format!("attachment; filename=\"{}\"", name.replace(['"', '\r', '\n'], ""));
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (header::CONTENT_DISPOSITION, disposition),
            ];
            (infno, institution, (headers, bytes).into_response(), Ending::Done)
        }
    }
}

/// Whether the message may be carried out at all: path, header and envelope signatures, clock.
fn admitted(
    desk: &Desk,
    headers: &HeaderMap,
    route: Route,
    bytes: &[u8],
    request: &Request,
    profile: &Profile,
    received: Moment,
) -> Result<(), Vec<u8>> {
    let infno = request.envelope.infno.as_str();
    let refuse = |message: String| Err(failed(desk, &request.reject(message), received));
    // A province that signs headers is served without, too, until the operator configures callers' keys.
    if profile.headers != HeaderScheme::None && !desk.keys.is_empty() {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Err(failure) = gateway::verify_headers(profile, &desk.keys, header, infno, clock::milliseconds()) {
            return Err(gateway::gateway_failure(failure.code, &failure.message));
        }
    }
    if let Route::Named(numbers) = route
        && !numbers.contains(&infno)
    {
        return refuse(format!(
            "路径用于交易 {}，报文的 infno 是 {infno}；请改用相符的路径或交易编号",
            numbers.join("、")
        ));
    }
    if profile.envelope_signature == EnvelopeSignature::Sm2 {
        let Some(keys) = &desk.envelope else {
            return refuse("服务端没有配置 SM2 密钥（配置项 sm2），无法验签；请联系管理员".to_owned());
        };
        if let Err(message) = keys.verify(bytes) {
            return refuse(message);
        }
    }
    request.check_clock(received.stamp, profile).or_else(|fault| refuse(fault.to_string()))
}

/// The reply as the profile dresses it: signed.
fn dressed(desk: &Desk, profile: &Profile, reply: Vec<u8>) -> Vec<u8> {
    match &desk.envelope {
        Some(keys) if profile.envelope_signature == EnvelopeSignature::Sm2 => gateway::sign_reply(reply, keys),
        _ => reply,
    }
}

fn json(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], bytes).into_response()
}

fn failed(desk: &Desk, rejection: &Rejection, received: Moment) -> Vec<u8> {
    let answering = Answering { area: "", received, answered: clock::now(), sequence: desk.next_reply() };
    gateway::failure(rejection, answering)
}

impl Message<'_> {
    async fn carry_out(&self, file: Option<Bytes>) -> Result<Reply, (Rejection, Ending)> {
        let refused = |rejection| (rejection, Ending::Refused);
        self.known_institution().map_err(refused)?;
        if self.profile.sign_in && self.request.envelope.infno != "9001" {
            self.signed_in().await?;
        }
        match understand(&self.request, &self.profile).map_err(refused)? {
            Intent::Command(command) if command.is_trial() => self.try_out(command).await,
            Intent::Command(command) => self.command(command).await,
            Intent::Ask(question) => self.ask(question).await,
            Intent::Advise(inquiries) => self.advise(inquiries).await,
            Intent::Respond(responses) => self.respond(responses).await,
            Intent::SignIn { operator, .. } => self.sign_in(operator).await,
            Intent::SignOut { number, operator } => self.sign_out(number, operator).await,
            Intent::Store { filename, bytes } => {
                self.keep_file(filename, file.map_or(bytes, |file| file.to_vec())).await
            }
            Intent::Fetch { number, .. } => self.fetch_file(&number).await,
        }
    }

    /// An institution that nobody registered is told so, whatever it asks.
    fn known_institution(&self) -> Result<(), Rejection> {
        let envelope = &self.request.envelope;
        let world = self.desk.world();
        let institution = world
            .institution(&envelope.institution)
            .map_err(|refusal| self.request.reject(format!("字段 fixmedins_code：{refusal}")))?;
        if institution.area != envelope.treatment_area {
            return Err(self.request.reject(format!(
                "字段 mdtrtarea_admvs：就医地医保区划“{}”与机构 {} 所在区划“{}”不一致；请填机构所在的医保区划",
                envelope.treatment_area, institution.code, institution.area
            )));
        }
        Ok(())
    }

    /// A writer of this message's reply.
    fn writer(&self) -> writer::Writer {
        writer::Writer {
            desk: Arc::clone(self.desk),
            request: Arc::clone(&self.request),
            profile: Arc::clone(&self.profile),
            received: self.received,
            sequence: self.desk.next_reply(),
        }
    }
}
