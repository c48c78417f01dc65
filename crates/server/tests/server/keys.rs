//! A medical record's keys, made for these tests and used nowhere else: a pair for each algorithm, and the set it registers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::EncodingKey;

/// PKCS #8, P-384.
const EC: &str = "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBoWgEZ4LttdK20FPf2rLupYLBAndcho7KjtZ5t2yoNDBWYS8U+mgoqGN1zJJymyUqhZANiAAR4Eb4lYbe9dyyxcwlFWLJZiFPn0Rtx6RqezS7olUSoIaeHAbPHi5OcdphLqENVjVjgV7tpeWMvSysrpVXc5TpPQ5yceNtrEY6NwO+iAfblIe8WJzIm4Kzxxg5EddwICCw=";
/// PKCS #1, 2048 bits.
const RSA: &str = "MIIEowIBAAKCAQEAznnxLu3KkvXiLOs+2LGYouTxig7lsTyBzhXPYRt5Vhk55BY5HQPdJWSu26LE30uHQoXHeIUyXPhxe1pnjyRL/TZzoMUdcNQR9UkJDxrVsZXYcKmPs/lMJErq+cBverQdb8jjJCvETvx8ONlt7GNZ9J7XUgb5F273US5oDEWGVCf5WAy231oe+MJmv9qN90JXd8n+Zka/FgdzosZm6cDVhLE8ZrZ7VogBAjm2mBGS4HSQuB9DOqUWvSdSy4oWlVcXQzHV1wjvCb3/xb74kKvyzNf+h84HUiSDMGZVYH2dJ31ZiGshCFIz4ME7sL3OQbxUrgPwaVS0jYPRCAGv3n1AsQIDAQABAoIBAAIkCoehiImoif1MPR0TDlGWDRkQ2XnSdkgUOs+3cLUfUtXWEyaFXTwfhJ6bW+4ywsbCS1SpEOIc41RTliJKTo1kDKPcl1cNo9gGt1TUQuXx90oHwAkuKwdvTWtkfuNnTazUiOJdn83v2TvfqT+bshmSsgnUL636BQ9u6z5BVEi4EpvUD3QLd0fJXldVAjFRMZeQ1nAFG+ieYyHGViOpY59Km1zk0/1OXn63V6qwxc3q6ivLGRDhcLKhsQq18XUBObeTGwl6F1iZB/VJCmHAe+X5ZnKCZct+yWfVmk4xE9c8yt0ygh90BShJON8Kc860mz5fHswDL6Yhyh1+hyOjOu8CgYEA8z6b0ILkxqM469HthkhxQu8tSYs8kpJq0Btev8w5b8Oj18H9NkDZbG8Jtd53rxK8xsZwhg1+nBf8cLKBDD+5Heq4tTit3vINwe1oR3kAuamXq3ZCtl8qyivBoAAFKPnmyby1dzPnStGHv632r8I151WVAvjv3kRcia0WPqirzg8CgYEA2U2+x84UBYr6pQyv/NKmirwQjhqxSdCLlzk93b6T6Vv/ZTVSpmxjHg5BwQrQJLiJmpV3aPs6mwS298wvN5BSKgV3lA+FIwwOOBMcnBKiH+lO29yradrVNy7WAn/I4JAOtLiLKJ6tXVvwJdMviQ7o9z5M9OyJ4sl1jJHe9ZMcxT8CgYAn5FCxdYYHfaVMJ3WI3ECW9Zq7wPYCI7kYwCRd2CRjS/aG3+2jBCekPOGezgla0PvcrZaupW/qMZTY9q1rUNgPK/t23QDG23OeJk0/y3xu9n1FRXPTbPAbj+mFT/uIqNNMqoIoNn7sKkjVCra2RGeKtOJnRmQwU43JlnVbeVYTyQKBgEd7EYS8P03Ld8OPNtzdljcQwglcsnDrjt+Bzt4AcLtUreBm9/cStFAQtISBwBI0Od+Fxy/bZF3V4TIGEooeiUiVX85uhIcQ0iST9NdKMdZ5cp1UK3a4q2Zpm7BaxINKH+xGwE/uUmzhb0+h9oMJSoz6C2qN3JWjW22QFl2FtPMVAoGBAM4fKgEY6FHan+OfdJoR44xGofUUdK2+edS1bD1qDuG1E2aJzO8Dx2Z44cAAUVazQWHIm7LX8AsRyKoBITWGptd2ivsDdjW8xmYj6JWoDwkuvP2zSscMEKi2LkLzf1+F165AJTOBrcdhp1syiyRu6EkY+nnfXKlbQyVeq2EM5ipI";

/// What it registers.
pub const JWKS: &str = r#"{"keys":[{"kty":"EC","crv":"P-384","use":"sig","alg":"ES384","kid":"ec-1","x":"eBG-JWG3vXcssXMJRViyWYhT59Ebcekans0u6JVEqCGnhwGzx4uTnHaYS6hDVY1Y","y":"4Fe7aXljL0srK6VV3OU6T0OcnHjbaxGOjcDvogH25SHvFicyJuCs8cYORHXcCAgs"},{"kty":"RSA","use":"sig","alg":"RS384","kid":"rsa-1","n":"znnxLu3KkvXiLOs-2LGYouTxig7lsTyBzhXPYRt5Vhk55BY5HQPdJWSu26LE30uHQoXHeIUyXPhxe1pnjyRL_TZzoMUdcNQR9UkJDxrVsZXYcKmPs_lMJErq-cBverQdb8jjJCvETvx8ONlt7GNZ9J7XUgb5F273US5oDEWGVCf5WAy231oe-MJmv9qN90JXd8n-Zka_FgdzosZm6cDVhLE8ZrZ7VogBAjm2mBGS4HSQuB9DOqUWvSdSy4oWlVcXQzHV1wjvCb3_xb74kKvyzNf-h84HUiSDMGZVYH2dJ31ZiGshCFIz4ME7sL3OQbxUrgPwaVS0jYPRCAGv3n1AsQ","e":"AQAB"}]}"#;

pub fn ec() -> EncodingKey {
    EncodingKey::from_ec_der(&STANDARD.decode(EC).unwrap())
}

pub fn rsa() -> EncodingKey {
    EncodingKey::from_rsa_der(&STANDARD.decode(RSA).unwrap())
}
