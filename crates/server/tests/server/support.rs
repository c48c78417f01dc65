//! A desk with the demo world in a directory of its own.

use agency::Law;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use server::library::{Base, Files};
use server::{Config, Desk, install_demo, open_store, router};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tower::ServiceExt;

pub const ENTRY: &str = "/fsi/api/rsfComIfsService/callService";

static LAW: LazyLock<Arc<Law>> = LazyLock::new(|| Arc::new(shipped::law()));

/// Rules and knowledge of the repository.
pub static LIBRARY: LazyLock<Base> = LazyLock::new(|| {
    let belongs = |name: &str| !name.ends_with("README.md") && (name.ends_with(".md") || name.ends_with(".csv"));
    let files = ["rules", "knowledge"].into_iter().flat_map(|folder| {
        let files = shipped::files(folder).into_iter().filter(|(name, _)| belongs(name));
        files.map(move |(name, bytes)| (format!("{folder}/{name}"), bytes)).collect::<Vec<_>>()
    });
    let files = Files::read(files).unwrap_or_else(|problems| panic!("{problems:?}"));
    Base { files, catalogue: Arc::clone(&LAW.catalogue) }
});

/// A server, what its clients are told, and a client.
pub struct Hall {
    pub router: Router,
    pub desk: Arc<Desk>,
    pub world: Value,
    _folder: TempDir,
}

static SERIAL: AtomicU32 = AtomicU32::new(1);

impl Hall {
    pub async fn open() -> Self {
        Self::configured(|_| {}).await
    }

    pub async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = Config { data: folder.path().to_owned(), ..Config::default() };
        change(&mut config);
        let store = open_store(&config).await.unwrap();
        install_demo(&store, &config, &LAW).await.unwrap();
        let world = serde_json::from_slice(&std::fs::read(folder.path().join("world.json")).unwrap()).unwrap();
        let desk = Arc::new(Desk::open(store, config, Arc::clone(&LAW), LIBRARY.clone()).await.unwrap());
        Self { router: router(Arc::clone(&desk)), desk, world, _folder: folder }
    }

    /// The first institution of a kind and area that the world names.
    pub fn institution(&self, area: &str, kind: &str) -> Value {
        let all = self.world["institutions"].as_array().unwrap();
        all.iter().find(|known| known["area"] == area && known["kind"] == kind).unwrap().clone()
    }

    pub fn area(&self, index: usize) -> String {
        self.world["areas"][index]["code"].as_str().unwrap().to_owned()
    }

    /// A person of an area with a tag.
    pub fn person(&self, area: &str, tag: &str) -> Value {
        let all = self.world["persons"].as_array().unwrap();
        let has = |person: &&Value| {
            let tags = person["tags"].as_array().unwrap();
            person["insuplc_admdvs"] == area
                && tags.iter().any(|known| known == tag)
                && !tags.iter().any(|t| t == "suspended")
        };
        all.iter().find(has).unwrap().clone()
    }

    pub fn item(&self, area: &str, kind: &str) -> Value {
        let all = self.world["items"].as_array().unwrap();
        let fits = |item: &&Value| item["kind"] == kind && (item["area"].is_null() || item["area"] == area);
        all.iter().find(fits).unwrap().clone()
    }

    /// An envelope around an input.
    pub fn envelope(&self, institution: &Value, cover: &str, infno: &str, input: Value) -> Value {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let now = server::now().stamp.to_string();
        let digits: String = now.chars().filter(char::is_ascii_digit).collect();
        json!({
            "infno": infno, "msgid": format!("{}{digits}{serial:04}", institution["code"].as_str().unwrap()),
            "mdtrtarea_admvs": institution["area"], "insuplc_admdvs": cover, "recer_sys_code": "HIS", "dev_no": "",
            "dev_safe_info": "", "cainfo": "", "signtype": "", "infver": "V1.0", "opter_type": "1", "opter": "0001",
            "opter_name": "测试员", "inf_time": now, "fixmedins_code": institution["code"],
            "fixmedins_name": institution["name"], "sign_no": "", "input": input,
        })
    }

    pub async fn post_bytes(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        (status, axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
    }

    pub async fn post(&self, message: &Value) -> Value {
        let (status, bytes) = self.post_bytes(ENTRY, &[], message.to_string().into_bytes()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Sends, and takes the output of a success.
    pub async fn say(&self, institution: &Value, cover: &str, infno: &str, input: Value) -> Value {
        let reply = self.post(&self.envelope(institution, cover, infno, input)).await;
        assert_eq!(reply["infcode"], 0, "{infno}: {reply}");
        assert_eq!(reply["err_msg"], "");
        reply["output"].clone()
    }

    /// Sends, and takes the message of a refusal.
    pub async fn refused(&self, institution: &Value, cover: &str, infno: &str, input: Value) -> String {
        let reply = self.post(&self.envelope(institution, cover, infno, input)).await;
        assert_eq!(reply["infcode"], -1, "{infno}: {reply}");
        reply["err_msg"].as_str().unwrap().to_owned()
    }
}

/// Amount in fen of a JSON number or text.
pub fn fen(value: &Value) -> i64 {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    model::Fen::parse(text.as_bytes()).unwrap_or_else(|_| panic!("{text}")).0
}
