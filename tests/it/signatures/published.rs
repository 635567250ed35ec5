//! Hashes over texts that contain the secret, compared with examples in public documents.

use super::{Sent, gateway, sent};

/// Sends the request of a spec whose hash is over `sign`.
fn signed(vars: &[(&str, &str)], at: u64, rest: &str, sign: &str) -> Sent {
    sent(&gateway(vars, at, &rest.replace("SIGN", sign)))
}

/// Mark Pilgrim, "Atom Authentication", 2003: the user name token of WSSE.
#[test]
fn wsse_of_atom_authentication() {
    let vars = [("nonce_of_test", "d36e316282959a9ed4c89851497a717f"), ("pass", "taadtaadpstcsm")];
    let rest = r#"
        [request]
        method = "POST"
        url = "https://acme.example/atom"
        CARRIED
        form = { a = "b" }
        [auth.hash]
        algorithm = "sha1"
        sign = "SIGN"
        parts.created = "{{now|date:%Y-%m-%dT%H:%M:%SZ}}"
        signature = "base64"
        headers = { X-WSSE = 'UsernameToken Username="bob", PasswordDigest="{{signature}}", Nonce="{{nonce_of_test}}", Created="{{created}}"' }
    "#;
    // 2003-12-15T14:43:07Z.
    let header = |sign: &str| signed(&vars, 1_071_499_387, rest, sign).header("x-wsse").to_owned();
    let expected = r#"UsernameToken Username="bob", PasswordDigest="quR/EWLAV4xLf9Zqyw4pDmfV9OY=", Nonce="d36e316282959a9ed4c89851497a717f", Created="2003-12-15T14:43:07Z""#;
    assert_eq!(header("{{nonce_of_test}}{{created}}{{pass}}"), expected);
    // A common mistake: the secret comes first, as in other signatures.
    assert_ne!(header("{{pass}}{{nonce_of_test}}{{created}}"), expected);
}

/// The example in the documentation of Taobao Open Platform. Its times are in China Standard Time.
#[test]
fn taobao_md5_of_sorted_fields() {
    let vars = [("secret", "helloworld"), ("app_key", "12345678"), ("session", "test")];
    let rest = r#"
        [request]
        method = "POST"
        url = "https://gw.acme.example/router/rest"
        CARRIED
        [request.form]
        method = "taobao.item.seller.get"
        app_key = "{{app_key}}"
        session = "{{session}}"
        timestamp = "{{now|zone:+08:00|date:%Y-%m-%d %H:%M:%S}}"
        format = "json"
        v = "2.0"
        sign_method = "md5"
        fields = "num_iid,title,nick,price,num"
        num_iid = "11223344"
        [auth.hash]
        algorithm = "md5"
        sign = "SIGN"
        form = { sign = "{{signature|upper}}" }
    "#;
    // 2016-01-01T04:00:00Z.
    let body = |sign: &str| signed(&vars, 1_451_620_800, rest, sign).body;
    let sent = body("{{secret}}{{sorted_form}}{{secret}}");
    assert!(sent.contains("&timestamp=2016-01-01+12%3A00%3A00&"), "{sent}");
    assert!(sent.ends_with("&sign=66987CB115214E59E6EC978214934FB8"), "{sent}");
    // A common mistake: the fields as they are sent, which are encoded and in another order.
    let naive = body("{{secret}}{{body}}{{secret}}");
    assert!(!naive.ends_with("66987CB115214E59E6EC978214934FB8"), "{naive}");
}

/// The example in UCloud's documentation of its signature, which its SDKs also test.
#[test]
fn ucloud_sha1_of_sorted_parameters() {
    let vars = [
        ("public_key", "ucloudsomeone@example.com1296235120854146120"),
        ("private_key", "46f09bb9fab4f12dfc160dae12273d5332b5debe"),
        ("password", "VUNsb3VkLmNu"),
    ];
    let request = r#"
        [request]
        method = "METHOD"
        url = "https://api.acme.example/"
        CARRIED
        [request.PLACE]
        Action = "CreateUHostInstance"
        Region = "cn-bj2"
        Zone = "cn-bj2-04"
        ImageId = "f43736e1-65a5-4bea-ad2e-8a46e18883c2"
        CPU = "2"
        Memory = "2048"
        DiskSpace = "10"
        LoginMode = "Password"
        Password = "{{password}}"
        Name = "Host01"
        ChargeType = "Month"
        Quantity = "1"
        PublicKey = "{{public_key}}"
        [auth.hash]
        algorithm = "sha1"
        sign = "SIGN"
        PLACE = { Signature = "{{signature}}" }
    "#;
    let expected = "&Signature=4f9ef5df2abab2c6fccd1e9515cb7e2df8c6bb65";
    for (method, place) in [("GET", "query"), ("POST", "form")] {
        let rest = request.replace("METHOD", method).replace("PLACE", place);
        let pairs = |sign: &str| {
            let Sent { url, body, .. } = signed(&vars, 0, &rest, sign);
            if place == "query" { url } else { body }
        };
        let sent = pairs("{{sorted_form}}{{private_key}}");
        assert!(sent.ends_with(expected), "{place}: {sent}");
        // A common mistake: names and values with separators.
        let naive = pairs("{{sorted_fields}}{{private_key}}");
        assert!(!naive.ends_with(expected), "{place}: {naive}");
    }
}
