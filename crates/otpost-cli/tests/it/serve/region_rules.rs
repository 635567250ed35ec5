//! The rules of the regions, which are printed at the start.

use otpost::challenge::{Challenges, Pepper};
use otpost::provider::NullProvider;
use otpost::store::MemoryStore;

use super::Bridge;

fn warnings(regions: &str) -> Vec<String> {
    let bridge = Bridge::start("http://127.0.0.1:9", &["--regions", regions, "--app", "Acme"]);
    let log = bridge.log();
    let lines = log.lines().filter_map(|line| line.strip_prefix("warning: "));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_rules_of_the_regions_are_those_of_the_library() {
    let challenges = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(NullProvider)
        .store(MemoryStore::new())
        .regions(["CH", "US", "AU", "SG"])
        .build()
        .unwrap();
    let expected: Vec<_> = challenges.region_warnings().iter().map(ToString::to_string).collect();
    assert!(expected.iter().any(|line| line.starts_with("AU: ")), "{expected:?}");
    assert_eq!(warnings("AU,SG"), expected);
}

#[test]
fn the_rules_of_many_regions_are_one_line() {
    let all = warnings("AE,AU,BD,BR,CN,EG,GB,HK,ID,IN,JO,KE,KW,LK,MY,NG,PH,PK,QA,SA,SG,TH,TR,VN");
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].ends_with(" rules on senders, texts and reports"), "{all:?}");
}
