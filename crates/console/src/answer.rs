//! Which file an address means, and the headers it is served with.

use crate::site::{File, Packed, Site};
use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::{Response, StatusCode};

const PAGE: &str = "index.html";
/// Files below here carry a hash of their content in their names.
const HASHED: &str = "assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Scripts, styles and answers come from this server only, nobody may frame the console, no address leaks to others.
const GUARDS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>医保 Yibao</title>\
    <h1>控制台尚未构建</h1><p>此程序编译时没有包含网页控制台。请在源码目录运行 <code>make web</code>（需要 Node.js 20 或更新版本），\
    再重新编译；或直接运行 <code>make run</code>。接口不受影响，见 <a href=\"/api/openapi.json\">/api/openapi.json</a>。</p>";

/// Answers a GET for `path` (`/review?state=suspected` without the query) as the headers of the request allow.
#[must_use]
pub fn answer(path: &str, asked: &HeaderMap) -> Response<Body> {
    from_site(&Packed, path, asked)
}

fn from_site(site: &impl Site, path: &str, asked: &HeaderMap) -> Response<Body> {
    let name = path.trim_start_matches('/');
    if let Some(file) = site.file(name).filter(|_| !name.is_empty()) {
        return served(site, name, file, asked);
    }
    if name.starts_with(HASHED) {
        // A page of an older build asks for a script that is gone: never answer with another kind of file.
        return plain(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "没有这个文件；请刷新页面\n");
    }
    match site.file(PAGE) {
        Some(file) => served(site, PAGE, file, asked),
        None => plain(StatusCode::NOT_FOUND, "text/html; charset=utf-8", NOT_BUILT),
    }
}

fn served(site: &impl Site, name: &str, file: File, asked: &HeaderMap) -> Response<Body> {
    let tag = format!("\"{}\"", file.tag);
    let keep = if name.starts_with(HASHED) { FOR_EVER } else { ASK_AGAIN };
    let head = guarded(StatusCode::OK)
        .header(header::CONTENT_TYPE, content_type(name))
        .header(header::CACHE_CONTROL, keep)
        .header(header::VARY, "Accept-Encoding")
        .header(header::ETAG, &tag);
    if mentions(asked, &header::IF_NONE_MATCH, &tag) {
        return built(head.status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    if mentions(asked, &header::ACCEPT_ENCODING, "gzip")
        && let Some(packed) = site.file(&format!("{name}.gz"))
    {
        return built(head.header(header::CONTENT_ENCODING, "gzip"), Body::from(packed.bytes.into_owned()));
    }
    built(head, Body::from(file.bytes.into_owned()))
}

fn plain(status: StatusCode, kind: &str, text: &'static str) -> Response<Body> {
    let head = guarded(status).header(header::CONTENT_TYPE, kind).header(header::CACHE_CONTROL, ASK_AGAIN);
    built(head, Body::from(text))
}

fn guarded(status: StatusCode) -> axum::http::response::Builder {
    GUARDS.into_iter().fold(Response::builder().status(status), |head, (name, value)| head.header(name, value))
}

fn built(head: axum::http::response::Builder, body: Body) -> Response<Body> {
    // Every header is a constant or made of hexadecimal digits: this does not fail.
    head.body(body).unwrap_or_default()
}

fn mentions(asked: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let texts = asked.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|part| part.split(';').next().unwrap_or_default().trim() == word)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    struct Made(BTreeMap<&'static str, &'static [u8]>);

    impl Site for Made {
        fn file(&self, name: &str) -> Option<File> {
            self.0.get(name).map(|bytes| File { bytes: (*bytes).into(), tag: format!("{:02x}", bytes.len()) })
        }
    }

    fn made() -> Made {
        Made(BTreeMap::from([
            ("index.html", b"<page>".as_slice()),
            ("assets/main-1.js", b"script"),
            ("assets/main-1.js.gz", b"zip"),
        ]))
    }

    fn get(path: &str, asked: &[(HeaderName, &str)]) -> (StatusCode, HeaderMap, String) {
        let headers = asked.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        let (parts, body) = from_site(&made(), path, &headers).into_parts();
        let bytes = futures_body(body);
        (parts.status, parts.headers, String::from_utf8(bytes).unwrap())
    }

    /// Bodies here are whole from the start.
    fn futures_body(body: Body) -> Vec<u8> {
        use axum::body::HttpBody;
        let mut body = Box::pin(body);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match body.as_mut().poll_frame(&mut context) {
            std::task::Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap().to_vec(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_address_that_is_no_file_is_the_page_and_is_asked_for_again() {
        for path in ["/", "/review", "/review/H1~F-3", "/index.html"] {
            let (status, headers, body) = get(path, &[]);
            assert_eq!((status, body.as_str()), (StatusCode::OK, "<page>"), "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], ASK_AGAIN);
            assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        }
    }

    #[test]
    fn a_script_is_kept_for_ever_packed_where_the_browser_can_and_not_sent_twice() {
        let (_, headers, body) = get("/assets/main-1.js", &[]);
        assert_eq!((body.as_str(), headers.get(header::CONTENT_ENCODING)), ("script", None));
        assert_eq!(headers[header::CACHE_CONTROL], FOR_EVER);
        assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        let (_, headers, body) = get("/assets/main-1.js", &[(header::ACCEPT_ENCODING, "br;q=1, gzip;q=0.8")]);
        assert_eq!((body.as_str(), &headers[header::CONTENT_ENCODING]), ("zip", &"gzip".parse().unwrap()));
        let tag = headers[header::ETAG].to_str().unwrap().to_owned();
        let (status, _, body) = get("/assets/main-1.js", &[(header::IF_NONE_MATCH, &tag)]);
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    }

    #[test]
    fn a_script_that_is_gone_is_not_the_page() {
        assert_eq!(get("/assets/main-0.js", &[]).0, StatusCode::NOT_FOUND);
    }

    #[test]
    fn nothing_comes_from_elsewhere_and_nobody_frames_it() {
        for path in ["/", "/assets/main-1.js", "/assets/main-0.js"] {
            let policy = get(path, &[]).1[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        }
    }

    #[test]
    fn without_a_console_the_page_says_how_to_build_it() {
        let response = from_site(&Made(BTreeMap::new()), "/review", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(String::from_utf8(futures_body(response.into_body())).unwrap().contains("make web"));
    }
}
