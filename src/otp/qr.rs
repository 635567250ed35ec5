use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroize;

use super::uri::KeyUri;
use crate::secret::SecretString;

/// The width of the light frame that readers require (ISO/IEC 18004 §5.3.8), in modules.
const QUIET: usize = 4;

/// A QR code that hands a key to an authenticator app.
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
/// The picture contains the secret. Embed it in the page itself instead of serving it from a
/// separate URL, and do not cache or log it. `Debug` shows only its size. The picture is wiped when
/// it is dropped; the buffers of the encoder are not.
#[doc(alias = "qrcode")]
#[doc(alias = "svg")]
#[derive(Clone)]
pub struct Qr {
    /// The number of modules of a side, without the frame.
    width: usize,
    /// The modules row by row. `true` is dark.
    dark: Vec<bool>,
}

impl Qr {
    /// Creates the QR code of a key.
    ///
    /// # Errors
    ///
    /// [`QrError`] if the URI is too long.
    pub fn of(key: &KeyUri) -> Result<Self, QrError> {
        Self::of_text(&key.to_uri())
    }

    /// Creates the QR code of an ASCII text, such as a URI of
    /// `Migration::export`.
    ///
    /// The error correction level is M, or L if the text is too long for M.
    ///
    /// # Errors
    ///
    /// [`QrError`] if the text has more than about 2,900 bytes, or is not ASCII.
    pub fn of_text(text: &SecretString) -> Result<Self, QrError> {
        // The encoder would take other bytes for Japanese characters, and readers would show
        // another text.
        if !text.expose().is_ascii() {
            return Err(QrError);
        }
        let at = |level| QrCode::with_error_correction_level(text.expose(), level);
        let code = at(EcLevel::M).or_else(|_| at(EcLevel::L)).map_err(|_| QrError)?;
        let width = code.width();
        let mut colors = code.into_colors();
        let dark = colors.iter().map(|color| *color == Color::Dark).collect();
        // `Color` cannot be zeroized. The barrier keeps the compiler from removing this as useless.
        colors.fill(Color::Light);
        zeroize::optimization_barrier(colors.as_slice());
        Ok(Self { width, dark })
    }

    /// Returns the number of modules of a side, without the frame.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Returns `true` if the module in column `x` of row `y` is dark. Modules outside the code are
    /// light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = x < self.width && y < self.width;
        let at = y.saturating_mul(self.width).saturating_add(x);
        inside && self.dark.get(at).copied().unwrap_or_default()
    }

    /// Returns an SVG element with the frame, black on white. One module is one unit: the page sets
    /// the size.
    #[must_use]
    pub fn to_svg(&self) -> SecretString {
        let side = self.width.saturating_add(QUIET * 2);
        // A run of modules takes at most the bytes of `M177 177h177v1h-177z`, and at most every
        // second module begins one.
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
                // The module after a run is light, or the row has ended.
                x = x.saturating_add(run).saturating_add(1);
            }
        }
        svg.push_str("\"/></svg>");
        SecretString::new(svg)
    }

    /// Returns the QR code with its frame, as text for a terminal with light letters on a dark
    /// background. Each line shows two rows of modules (the squares of the code), and light modules
    /// are blocks.
    #[must_use]
    pub fn to_terminal(&self) -> SecretString {
        let side = self.width.saturating_add(QUIET * 2);
        // A block has 3 bytes in UTF-8 and shows two modules. The rest is for the line ends.
        let mut text = String::with_capacity(side.saturating_mul(side).saturating_mul(2));
        // The side is always odd, so the last line has no lower half. The row below the frame is
        // not light: in a terminal it shows the background.
        let light = |x: usize, y: usize| match (x.checked_sub(QUIET), y.checked_sub(QUIET)) {
            (Some(x), Some(y)) => y < self.width.saturating_add(QUIET) && !self.is_dark(x, y),
            _ => true,
        };
        // A cell of a terminal is about twice as high as wide, so two rows per line make square
        // modules.
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

/// The text is too long for a QR code, or it is not ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot make a QR code: the text is too long or not ASCII")]
pub struct QrError;
