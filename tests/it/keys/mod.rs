//! Keys on their way into apps and out of them: URIs, migrations, QR codes; and the codes beside HOTP and TOTP.

mod elsewhere;
mod exhaustive;
#[cfg(feature = "migration")]
mod migration;
#[cfg(feature = "ocra")]
mod ocra;
#[cfg(feature = "qr")]
mod qr;
#[cfg(feature = "steam")]
mod steam;
mod uri;

use otpost::otp::Secret;

/// 128 bits, which the tests' URIs have in base32.
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEE";

fn secret() -> Secret {
    Secret::from_base32(SECRET).unwrap()
}
