//! The reminder page: whole without script, small, framed by whom it may be, and silent about who the patient is.

use crate::cds::{self, text};
use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use tower::ServiceExt;

async fn get(hall: &Hall, path: &str) -> Response<Body> {
    hall.router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
}

async fn answer(hall: &Hall, form: &str) -> Response<Body> {
    let request = Request::post("/reminder").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    hall.router.clone().oneshot(request.body(Body::from(form.to_owned())).unwrap()).await.unwrap()
}

/// The id of a reminder that was shown.
async fn shown(hall: &Hall) -> String {
    format!("JR{}", cds::card(hall).await["uuid"].as_str().unwrap().replace('-', ""))
}

#[tokio::test]
async fn i12_the_page_says_all_of_the_reminder_and_nothing_of_the_person() {
    let hall = cds::hall().await;
    let id = shown(&hall).await;
    let response = get(&hall, &format!("/reminder?jr={id}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors https://his.example.org"),
        "{policy}"
    );
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let page = text(response).await;
    for word in ["药品区分性别使用", "艾附暖宫丸", "限女性使用", "12.50 元", "返回修改", "继续", "病情需要"]
    {
        assert!(page.contains(word), "{word}");
    }
    for personal in ["示例患者", "patient-", "encounter-", "1980-01-01", "H36010000001"] {
        assert!(!page.contains(personal), "{personal}");
    }
    assert!(page.len() < 30 << 10, "{} bytes", page.len());
    // Framed by nobody where nobody is configured; ids that nobody was told are no page.
    let shut = Hall::open().await;
    let response = get(&shut, "/reminder?jr=JR00000000000000000000000000000000").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("frame-ancestors 'none'"));
}

#[tokio::test]
async fn going_on_needs_a_reason_and_going_back_does_not() {
    let hall = cds::hall().await;
    let id = shown(&hall).await;
    let response = answer(&hall, &format!("page={id}&jr={id}&way=1")).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(response).await;
    assert!(page.contains("继续需要写明理由"));
    assert!(hall.desk.shown(&id).await.unwrap().unwrap().answered.is_none());
    let response = answer(&hall, &format!("page={id}&jr={id}&way=1&reason=indicated&words=%3Cb%3E")).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], format!("/reminder?jr={id}"));
    let page = text(get(&hall, &format!("/reminder?jr={id}")).await).await;
    assert!(page.contains("已选择继续，理由：病情需要，依据已记入病历；&lt;b&gt;"), "{page}");
    assert!(page.contains("已全部处理") && !page.contains("<form"));
    assert_eq!(answer(&hall, &format!("page={id}&jr={id}&way=2")).await.status(), StatusCode::SEE_OTHER);
    let answered = hall.desk.shown(&id).await.unwrap().unwrap().answered.unwrap();
    assert_eq!(answered.way, bedside::Way::Returned);
    assert_eq!(answer(&hall, &format!("page={id}&jr={id}&way=3")).await.status(), StatusCode::BAD_REQUEST);
    let unknown = "JR00000000000000000000000000000000";
    assert_eq!(answer(&hall, &format!("page={unknown}&jr={unknown}&way=2")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_card_links_to_a_page_of_its_rule() {
    let hall = cds::hall().await;
    let response = get(&hall, "/rules/drug-sex-specific").await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = text(response).await;
    assert!(page.contains("药品区分性别使用") && page.contains("查什么"), "{page}");
    assert_eq!(get(&hall, "/rules/nothing").await.status(), StatusCode::NOT_FOUND);
}
