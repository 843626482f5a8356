//! Runs a test inside a network of its own (Linux: new network, mount and process namespaces), where it may
//! take port 80, give names to loopback addresses, and where every process it started ends with it.
//!
//! The test runs twice: outside it starts itself again inside, and there it does its work.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{databases, program, skip, tool};

const INSIDE: &str = "ONIT_PRIVATE_NETWORK";

/// Runs `story` inside a private network. `name` is the test's full name (`module::test`, or just `test`):
/// the test is started again by it.
///
/// ```ignore
/// #[test]
/// fn a_mention_is_answered() {
///     in_private_network("a_mention_is_answered", || { … });
/// }
/// ```
pub fn in_private_network(name: &str, story: impl FnOnce()) {
    if let Some(sign) = std::env::var_os(INSIDE) {
        std::fs::write(sign, name).expect("the sign that the story ran");
        tool("ip", &["link", "set", "lo", "up"]);
        // Programs name their semaphores after their process id, and ids repeat from one namespace to the next.
        tool("mount", &["-t", "tmpfs", "tmpfs", "/dev/shm"]);
        return story();
    }
    let Some(mut unshare) = unshare() else {
        return skip("network namespaces not available", name);
    };
    let folder = tempfile::tempdir().expect("a folder for the sign");
    let sign = folder.path().join("ran");
    // Started out here, the cluster outlives the namespace; its socket is a file and is seen inside too.
    let cluster = databases::cluster_url().unwrap_or_default();
    let this_test = std::env::current_exe().expect("this test's own program");
    let done = unshare
        .arg(this_test)
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, &sign)
        .env("ONIT_TEST_POSTGRES", cluster)
        .stdin(Stdio::null())
        .output()
        .expect("unshare");
    // Told only on failure: a second "test result" line in the output would be counted by whoever reads it.
    let talk = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{name} failed inside its private network ({}):\n{talk}", done.status);
    assert!(sign.exists(), "no test is called {name}: in_private_network must be given its test's full name");
}

/// Gives names to addresses, for every process of this private network.
pub fn name_hosts(folder: &Path, names: &[(&str, &str)]) {
    assert!(std::env::var_os(INSIDE).is_some(), "never change the machine's own hosts file");
    let mut hosts = "127.0.0.1 localhost\n".to_owned();
    for (address, name) in names {
        hosts.push_str(&format!("{address} {name}\n"));
    }
    let file = folder.join("hosts");
    std::fs::write(&file, hosts).expect("a hosts file");
    tool("mount", &["--bind", &file.to_string_lossy(), "/etc/hosts"]);
}

/// `unshare` with what this user may do: root needs nothing, others a user namespace. None where it is refused.
fn unshare() -> Option<Command> {
    program(&["ip"])?;
    let unshare = program(&["unshare"])?;
    let options = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    [&[][..], &["--map-root-user"]].into_iter().find_map(|user| {
        let mut try_it = Command::new(&unshare);
        try_it.args(user).args(options).arg("true").stdin(Stdio::null()).stderr(Stdio::null());
        let works = try_it.status().is_ok_and(|status| status.success());
        works.then(|| {
            let mut command = Command::new(&unshare);
            command.args(user).args(options);
            command
        })
    })
}
