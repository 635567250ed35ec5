use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroize;

use super::uri::KeyUri;
use crate::secret::SecretString;

/// The light frame that readers look for (ISO/IEC 18004 §5.3.8), in modules.
const QUIET: usize = 4;

/// A QR code, to be shown to the one whom it is for.
///
/// # Examples
///
/// ```
/// use otpost::otp::{KeyUri, Qr, Secret};
///
/// let key = KeyUri::totp(Secret::generate()?, "alice@example.com")?.with_issuer("Acme")?;
/// let qr = Qr::of(&key)?;
/// println!("{}", qr.to_terminal().expose());
/// assert!(qr.to_svg().expose().starts_with("<svg "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// The picture is the secret. Put it into the page itself, not behind an address of its own, and let nothing cache or log it. `Debug` shows
/// its size alone. It is wiped when it is dropped; what the encoder needed on the way is not.
#[derive(Clone)]
pub struct Qr {
    /// Modules of a side, without the frame.
    width: usize,
    /// Row by row.
    dark: Vec<bool>,
}

impl Qr {
    /// The QR code of a key.
    ///
    /// # Errors
    ///
    /// [`QrError`] when the URI is too long.
    pub fn of(key: &KeyUri) -> Result<Self, QrError> {
        Self::of_text(&key.to_uri())
    }

    /// The QR code of an ASCII text, such as a [`Migration`](super::Migration)'s: correction level M, or L where the text is too long for that.
    ///
    /// # Errors
    ///
    /// [`QrError`] above some 2,900 bytes, and for other texts than ASCII.
    pub fn of_text(text: &SecretString) -> Result<Self, QrError> {
        // The encoder would take other letters for Japanese ones, and readers show something else.
        if !text.expose().is_ascii() {
            return Err(QrError);
        }
        let at = |level| QrCode::with_error_correction_level(text.expose(), level);
        let code = at(EcLevel::M).or_else(|_| at(EcLevel::L)).map_err(|_| QrError)?;
        let width = code.width();
        let mut colors = code.into_colors();
        let dark = colors.iter().map(|color| *color == Color::Dark).collect();
        colors.fill(Color::Light);
        zeroize::optimization_barrier(colors.as_slice());
        Ok(Self { width, dark })
    }

    /// How many modules a side has, without the frame.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Whether the module in column `x` of row `y` is dark; light outside.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = x < self.width && y < self.width;
        let at = y.saturating_mul(self.width).saturating_add(x);
        inside && self.dark.get(at).copied().unwrap_or_default()
    }

    /// An SVG element with its frame, black on white, one unit a module: the page gives it its size.
    #[must_use]
    pub fn to_svg(&self) -> SecretString {
        let side = self.width.saturating_add(QUIET * 2);
        // A run of modules takes at most `M177 177h177v1h-177z`, and every second module can begin one.
        let mut svg = String::with_capacity(self.dark.len().saturating_mul(10).saturating_add(256));
        // Writing into a string does not fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
        );
        for y in 0..self.width {
            let mut x = 0_usize;
            while x < self.width {
                let run = (x..self.width).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let (left, top) = (x.saturating_add(QUIET), y.saturating_add(QUIET));
                    let _ = write!(svg, "M{left} {top}h{run}v1h-{run}z");
                }
                x = x.saturating_add(run).saturating_add(1);
            }
        }
        svg.push_str("\"/></svg>");
        SecretString::new(svg)
    }

    /// Text for a terminal with light letters on dark ground: two rows a line, the light modules as blocks.
    #[must_use]
    pub fn to_terminal(&self) -> SecretString {
        let side = self.width.saturating_add(QUIET * 2);
        let mut text = String::with_capacity(side.saturating_mul(side).saturating_mul(2));
        let light = |x: usize, y: usize| match (x.checked_sub(QUIET), y.checked_sub(QUIET)) {
            (Some(x), Some(y)) => y < self.width.saturating_add(QUIET) && !self.is_dark(x, y),
            _ => true,
        };
        for y in (0..side).step_by(2) {
            text.extend((0..side).map(|x| match (light(x, y), light(x, y.saturating_add(1))) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            text.push('\n');
        }
        SecretString::new(text)
    }
}

impl Drop for Qr {
    fn drop(&mut self) {
        self.dark.zeroize();
    }
}

impl fmt::Debug for Qr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Qr").field("width", &self.width).finish_non_exhaustive()
    }
}

/// The text is too long for a QR code, or not ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too long for a QR code, or not ASCII")]
pub struct QrError;
