//! The corpus: ways to reach a private machine that were tried on systems like this one.

use super::*;

/// None of these may pass the look, or else every resolved answer must stop it.
const REFUSED: &[&str] = &[
    // loopback and its spellings
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://127.0.0.1/",
    "https://127.0.0.1.:443/",
    "https://127.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://１２７.０.０.１/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    // private ranges
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://192.168.1.254:8443/",
    "https://3232235777/",
    "https://0300.0250.1.1/",
    "https://0xc0a80101/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://[fc00::1]/",
    "https://[fd12:3456:789a::1]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    // metadata services
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.170.2/",
    "https://[fd00:ec2::254]/",
    "https://168.63.129.16/",
    "https://100.100.100.200/",
    "https://192.0.0.192/",
    "https://metadata.google.internal/",
    "https://metadata/",
    "https://instance-data/",
    // an address inside another address
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[2002:0808:0808::]/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b:1::1]/",
    // not for anybody
    "https://192.0.2.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://198.18.0.1/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[2001:10::1]/",
    // names of inner networks
    "https://router/",
    "https://printer.local/",
    "https://db.internal/",
    "https://nas.lan/",
    "https://x.home.arpa/",
    "https://intranet/",
    "https://abc.onion/",
    // other doors
    "http://social.example/",
    "ftp://social.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:/run/x.sock",
    "https://user@social.example/",
    "https://user:pw@social.example/",
    "https://social.example@127.0.0.1/",
    "https://127.0.0.1#@social.example/",
    "https://127.0.0.1\\@social.example/",
    "dict://127.0.0.1:11211/",
    "ldap://127.0.0.1/",
    "blob:https://127.0.0.1/x",
];

#[test]
fn the_corpus_does_not_pass() {
    assert!(REFUSED.len() >= 60, "{}", REFUSED.len());
    let guard = Guard::default();
    for text in REFUSED {
        // A text that is no address at all cannot be called either.
        if let Ok(url) = Url::parse(text) {
            assert!(guard.look(&url).is_err(), "passed: {text} -> {url}");
        }
    }
}

#[test]
fn the_open_internet_passes() {
    let guard = Guard::default();
    for text in [
        "https://social.example/",
        "https://social.example:8443/a?b",
        "https://8.8.8.8/",
        "https://[2606:4700::1]/",
        "https://100.63.255.255/",
        "https://172.32.0.1/",
        "https://[64:ff9b::808:808]/",
        "https://münchen.example/",
    ] {
        assert_eq!(guard.look(&Url::parse(text).unwrap()), Ok(()), "{text}");
    }
}

#[test]
fn one_private_answer_among_public_ones_is_refused() {
    let guard = Guard::default();
    let url = Url::parse("https://rebind.example/").unwrap();
    let check = |answers: &[&str], passes: bool| {
        let answers = answers.iter().map(|a| SocketAddr::new(a.parse().unwrap(), 443)).collect();
        assert_eq!(guard.accept(&url, answers).is_ok(), passes);
    };
    check(&["93.184.215.14"], true);
    check(&["93.184.215.14", "127.0.0.1"], false);
    check(&["93.184.215.14", "::ffff:10.0.0.1"], false);
    check(&["169.254.169.254"], false);
    check(&[], false);
}

#[test]
fn only_the_named_host_and_port_are_excepted() {
    let guard = Guard::new(&["127.0.0.1:8080".into(), "City.test:80".into(), "[::1]:9000".into()]).unwrap();
    let check = |text: &str, passes: bool| {
        assert_eq!(guard.look(&Url::parse(text).unwrap()).is_ok(), passes, "{text}");
    };
    check("http://127.0.0.1:8080/api", true);
    check("http://2130706433:8080/api", true);
    check("http://127.0.0.1:8081/api", false);
    check("https://127.0.0.1/", false);
    check("http://city.test/", true);
    check("http://city.test./", true);
    check("http://CITY.test:80/", true);
    check("http://city.test:81/", false);
    check("http://xcity.test/", false);
    check("http://[::1]:9000/", true);
    check("http://user@127.0.0.1:8080/", false);
    check("ftp://127.0.0.1:8080/", false);
    for bad in ["", "localhost", "localhost:", ":80", "http://x:80", "x:99999"] {
        assert!(Guard::new(&[bad.into()]).is_err(), "{bad}");
    }
}
