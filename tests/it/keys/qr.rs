use otpost::otp::{KeyUri, Qr};
use otpost::secret::SecretString;

use super::secret;

/// What a reader of QR codes, another's program, finds in a picture of four pixels a module.
fn read(width: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let size = width * 4;
    let mut picture =
        rqrr::PreparedImage::prepare_from_bitmap(size, size, |x, y| dark(x / 4, y / 4));
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

/// The pixels of the SVG: rectangles in a path, one unit high.
fn of_svg(svg: &str) -> String {
    let document = roxmltree::Document::parse(svg).unwrap();
    let root = document.root_element();
    let side: usize =
        root.attribute("viewBox").unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    let mut pixels = vec![vec![false; side]; side];
    let path = root.children().nth(1).unwrap().attribute("d").unwrap();
    for rectangle in path.split('M').skip(1) {
        let (place, run) = rectangle.split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let (run, rest) = run.split_once('v').unwrap();
        assert_eq!(rest, format!("1h-{run}z"));
        pixels[y][x..x + run.parse::<usize>().unwrap()].fill(true);
    }
    read(side, |x, y| pixels[y][x])
}

fn of_terminal(text: &str) -> String {
    let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let side = rows[0].len();
    read(side, |x, y| match (rows.get(y / 2).map(|row| row[x]), y % 2) {
        (Some('█') | None, _) | (Some('▀'), 0) | (Some('▄'), 1) => false,
        (Some(' ' | '▀' | '▄'), _) => true,
        (other, _) => panic!("{other:?}"),
    })
}

#[test]
fn readers_find_the_uri() {
    for account in ["a", "alice@example.com", &"ä".repeat(100), &"x".repeat(1_500)] {
        let key = KeyUri::totp(secret(), account).unwrap().with_issuer("Acme Corp").unwrap();
        let qr = Qr::of(&key).unwrap();
        let uri = key.to_uri();
        assert_eq!(of_svg(qr.to_svg().expose()), uri.expose());
        assert_eq!(of_terminal(qr.to_terminal().expose()), uri.expose());
        assert_eq!(
            read(qr.width() + 8, |x, y| x > 3 && y > 3 && qr.is_dark(x - 4, y - 4)),
            uri.expose()
        );
        assert_eq!(format!("{qr:?}"), format!("Qr {{ width: {}, .. }}", qr.width()));
        assert!(!qr.is_dark(qr.width(), 0) && !qr.is_dark(0, usize::MAX));
    }
}

#[cfg(feature = "migration")]
#[test]
fn an_export_fits() {
    let key = KeyUri::totp(secret(), "alice.longer.than.most@subsidiary.example.com").unwrap();
    let keys = vec![key.with_issuer("An Issuer With Quite a Name").unwrap(); 10];
    for uri in otpost::otp::Migration::export(&keys, 1).unwrap() {
        assert_eq!(of_svg(Qr::of_text(&uri).unwrap().to_svg().expose()), uri.expose());
    }
}

#[test]
fn texts_of_up_to_2953_bytes_fit() {
    assert!(Qr::of_text(&SecretString::new("x".repeat(2_953))).is_ok());
    assert!(Qr::of_text(&SecretString::new("x".repeat(2_954))).is_err());
    // These the encoder takes for two Japanese characters of another encoding.
    assert!(Qr::of_text(&SecretString::new("ああ")).is_err());
}
