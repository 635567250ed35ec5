//! Protocol Buffers, as far as a migration needs them:
//! <https://protobuf.dev/programming-guides/encoding/>.

use alloc::vec::Vec;

/// The value of a field.
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// A value of a fixed width. No field of a migration has one.
    Other,
}

/// The fields of a message with their numbers, in their order. The last item is `None` if the
/// message is truncated or has groups.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) const fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn read(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.number()?;
        // The wire type: 0 is a varint, 1 has eight bytes, 2 is a length and bytes, 5 has four
        // bytes. 3 and 4 are groups, which are obsolete.
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => self.skip(8)?,
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => self.skip(4)?,
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn skip(&mut self, length: usize) -> Option<Value<'a>> {
        self.bytes(length).map(|_| Value::Other)
    }

    /// Reads a varint: seven bits per byte, the least significant first, at most ten bytes.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            // The tenth byte has room for one bit only. Its other bits are dropped.
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_none() {
            // End here: it is unknown where the field after a broken one begins.
            self.0 = &[];
        }
        Some(field)
    }
}

pub(super) fn write_number(field: u8, number: u64, out: &mut Vec<u8>) {
    // Field numbers are below 16, so a tag takes one byte. The wire type of a varint is 0.
    out.push(field << 3);
    write_varint(number, out);
}

pub(super) fn write_bytes(field: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(field << 3 | 2);
    write_varint(u64::try_from(bytes.len()).unwrap_or_default(), out);
    out.extend_from_slice(bytes);
}

fn write_varint(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let [.., low] = number.to_be_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}
