//! CDS Hooks over HTTP: discovery, calls, feedback. What the messages mean is the crate `hooks`; here is who may ask.
//!
//! Every call but discovery shows a token of a client in the configuration ([`token`]); the client's institution is the one
//! the inquiry is made for, whatever the message says. Discovery tells nothing that is not published, and is open. A call that
//! could not be judged in time is a 503: the medical record goes on as if there were no advice (fail open).

mod cross_origin;
mod token;

use crate::bedside::{self as reminders, Advised};
use crate::clock;
use crate::desk::Desk;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bedside::Way;
use hooks::{Asked, Asker, Hook, HookFault, HookRequest, Outcome, Place};
use std::sync::Arc;
pub use token::Guard;

/// Header that names the library an answer rests on.
const LIBRARY: &str = "x-yibao-library";
/// 居民身份证
const IDENTITY_CARD: &str = "01";

/// Routes under `/cds-services`.
pub fn routes(desk: &Arc<Desk>) -> Router<Arc<Desk>> {
    Router::new()
        .route("/cds-services", get(discover))
        .route("/cds-services/{service}", post(call))
        .route("/cds-services/{service}/feedback", post(feedback))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(desk), cross_origin::allow))
}

async fn discover() -> Response {
    json(StatusCode::OK, &hooks::services())
}

async fn call(
    State(desk): State<Arc<Desk>>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let hook = Hook::of_service(&service).ok_or_else(|| Refused::no_service(&service))?;
    let client = desk.hook_guard.admit(&headers, &service, clock::milliseconds() / 1000)?;
    let request = HookRequest::read(hook, &body)?;
    let world = desk.world();
    let area = world.institutions.get(&client.institution).map(|known| known.area.clone()).unwrap_or_default();
    let asker = Asker { institution: client.institution.clone(), area };
    let asked = request.asked(&asker, &world.law.catalogue, clock::now().stamp)?;
    let inquiry = known(&desk, asked).await.map_err(Refused::unavailable)?.inquiry;
    let (institution, area) = (asker.institution.as_str(), asker.area.as_str());
    let who = reminders::Asker { institution, area, message: &request.instance };
    match desk.advise(who, Arc::new(inquiry)).await {
        Advised::Told(advice) => {
            let place = Place { base: desk.config.base(), library: &advice.library };
            let mut response = json(StatusCode::OK, &hooks::cards(&request, &advice.reminders, place));
            if let Ok(version) = advice.library.parse() {
                response.headers_mut().insert(LIBRARY, version);
            }
            Ok(response)
        }
        Advised::Unadvisable(why) => {
            tracing::error!(?why, "an inquiry of ours that cannot be judged");
            Err(Refused::unavailable("unadvisable"))
        }
        Advised::NotChecked(reason) => Err(Refused::unavailable(reason.word())),
    }
}

/// The same with the person's own number, where the register knows who it is.
async fn known(desk: &Desk, mut asked: Asked) -> Result<Asked, store::StoreError> {
    let person = match (&asked.person, &asked.certificate) {
        (Some(id), _) => Some(id.clone()),
        (None, Some(number)) => desk.store.person_by_certificate(IDENTITY_CARD, number).await?.map(|person| person.id),
        (None, None) => None,
    };
    if let Some(id) = person {
        asked.inquiry.patient.id = id;
    }
    Ok(asked)
}

async fn feedback(
    State(desk): State<Arc<Desk>>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    Hook::of_service(&service).ok_or_else(|| Refused::no_service(&service))?;
    let client = desk.hook_guard.admit(&headers, &service, clock::milliseconds() / 1000)?;
    for said in hooks::read_feedback(&body)? {
        let shown = desk.shown(&said.reminder).await.map_err(Refused::unavailable)?;
        // A client speaks for its own institution only; whose the others are is not told.
        if shown.is_none_or(|shown| shown.institution != client.institution) {
            let what = format!("没有卡片 {}；请用所收卡片的 uuid", said.reminder);
            return Err(Refused { status: StatusCode::NOT_FOUND, what });
        }
        let way = match said.outcome {
            Outcome::Accepted => Way::Returned,
            Outcome::Overridden => Way::Continued,
        };
        desk.respond(&said.reminder, way, &said.reason, &client.issuer).await.map_err(Refused::unavailable)?;
    }
    Ok(json(StatusCode::OK, &serde_json::json!({})))
}

/// Why a call is not answered.
struct Refused {
    status: StatusCode,
    what: String,
}

impl Refused {
    fn no_service(id: &str) -> Self {
        let known: Vec<&str> = Hook::ALL.into_iter().map(Hook::service).collect();
        Self { status: StatusCode::NOT_FOUND, what: format!("没有服务“{id}”；现有：{}", known.join("、")) }
    }

    fn unavailable(reason: impl std::fmt::Display) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE, what: format!("本次未核对（{reason}）；诊疗可照常进行")
        }
    }
}

impl From<HookFault> for Refused {
    fn from(fault: HookFault) -> Self {
        let status = match fault {
            HookFault::Malformed(_) => StatusCode::BAD_REQUEST,
            HookFault::Missing { .. } => StatusCode::PRECONDITION_FAILED,
        };
        Self { status, what: fault.to_string() }
    }
}

impl From<token::NotAdmitted> for Refused {
    fn from(reason: token::NotAdmitted) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, what: reason.to_string() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "title": "未作核对", "status": self.status.as_u16(), "detail": self.what });
        let mut response = json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}
