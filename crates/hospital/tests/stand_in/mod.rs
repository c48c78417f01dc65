//! A stand-in for the platform: as small as can be, and wrong on demand.
//!
//! It knows one policy (the fund pays 70 % of what is in scope, the account what it can), keeps visits,
//! settlements and files in memory, and answers a repeated message as before. A [`Fault`] spoils one thing;
//! the simulator must notice exactly that.

mod ledger;
mod transactions;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use axum::routing::post;
use hospital::Fields;
use ledger::State;
use std::sync::{Arc, Mutex};

/// What is wrong with the stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// `from` becomes `to`, wherever it stands in the replies of `infno`.
    Text { infno: &'static str, from: &'static str, to: &'static str },
    /// A repeated message is answered anew, with another time.
    OtherBytes,
    /// A repeated settlement is settled again.
    SettledTwice,
    /// Every fifth settlement is forgotten as soon as it was answered.
    Forgets,
    /// 3201 says that everything balances.
    AlwaysEqual,
    /// 3202 never finds a difference.
    BlindToDetail,
    /// A reversal is kept, but its amounts are answered as positive.
    PositiveReversal,
    /// Whatever is asked twice is accepted twice.
    Lenient,
    /// The final settlement is a fen off its trial, in cash.
    TrialDiffers,
    /// 2601 is accepted and does nothing.
    DeafTo2601,
    /// Every third connection is cut after the work was done.
    CutsLines,
}

struct Server {
    fault: Fault,
    state: Mutex<State>,
}

/// Starts it on a free port and returns its address.
pub async fn start(fault: Fault, world: serde_json::Value) -> String {
    let server = Arc::new(Server { fault, state: Mutex::new(State::new(world)) });
    let handle = move |body: Bytes| {
        let server = server.clone();
        async move { server.answer(&body) }
    };
    let router = Router::new().route("/fsi/api/rsfComIfsService/callService", post(handle));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

impl Server {
    fn answer(&self, body: &Bytes) -> Response<Body> {
        let envelope = Fields::parse(body).unwrap();
        let text = |name: &str| envelope.text(name).unwrap_or_default();
        let (infno, msgid) = (text("infno"), text("msgid"));
        let mut state = self.state.lock().unwrap();
        state.clock += 1;
        let again = state.answers.get(&msgid).cloned();
        let settles = matches!(infno.as_str(), "2102" | "2207" | "2304");
        let bytes = match again {
            Some(reply) if self.fault == Fault::OtherBytes => {
                reply.replace("\"respond_time\":\"2", "\"respond_time\":\"3").into_bytes()
            }
            Some(reply) if !(self.fault == Fault::SettledTwice && settles) => reply.into_bytes(),
            _ => {
                if again.is_some() {
                    state.settle_everything_again = true;
                }
                let outcome = transactions::perform(&mut state, self.fault, &infno, &envelope);
                state.settle_everything_again = false;
                if let Ok(transactions::Output::File(bytes)) = outcome {
                    return Response::new(Body::from(bytes));
                }
                let reply = self.envelope(&state, &infno, outcome);
                state.answers.entry(msgid).or_insert_with(|| reply.clone());
                reply.into_bytes()
            }
        };
        if self.fault == Fault::Forgets && settles && state.clock.is_multiple_of(5) {
            state.settlements.pop();
        }
        if self.fault == Fault::CutsLines && state.clock.is_multiple_of(3) {
            let cut = futures::stream::iter([Ok(Bytes::from_static(b"{\"inf")), Err(std::io::Error::other("cut"))]);
            return Response::new(Body::from_stream(cut));
        }
        Response::new(Body::from(bytes))
    }

    fn envelope(&self, state: &State, infno: &str, outcome: Result<transactions::Output, String>) -> String {
        let number = format!("99010020250110101501{:010}", state.clock);
        let (code, message, output) = match outcome {
            Ok(transactions::Output::Json(output)) => ("0", String::new(), output),
            Ok(transactions::Output::File(_)) => ("0", String::new(), "{}".into()),
            Err(message) => ("-1", message, "{}".into()),
        };
        let reply = format!(
            "{{\"infcode\":{code},\"inf_refmsgid\":\"{number}\",\"respond_time\":\"20250110101501480\",\
             \"err_msg\":\"{message}\",\"output\":{output}}}"
        );
        match self.fault {
            Fault::Text { infno: of, from, to } if of == infno => reply.replace(from, to),
            _ => reply,
        }
    }
}
