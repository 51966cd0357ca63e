//! Files of parts to import.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};

/// A SubjectPublicKeyInfo of RSA with 2048 bits, up to its modulus, and what follows that.
const BEFORE_MODULUS: &[u8] =
    b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\
    \x82\x01\x0f\x00\x30\x82\x01\x0a\x02\x82\x01\x01\x00";
const AFTER_MODULUS: &[u8] = b"\x02\x03\x01\x00\x01";

/// What the rows say beside their ids, models and MAC addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// No key.
    None,
    /// An RSA key of 2048 bits, another one in each row.
    Rsa2048,
}

/// Writes a CSV file of so many parts of one manufacturer.
pub(super) fn write(path: &Path, rows: u64, keys: Keys) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "ien,serial_number,model,mac_addr,endorsement_key")?;
    for number in 0..rows {
        let [_, _, a, b, c, d, e, f] = (0x001c_7300_0000 + number).to_be_bytes();
        let key = match keys {
            Keys::None => String::new(),
            Keys::Rsa2048 => STANDARD.encode(key(number)),
        };
        writeln!(
            file,
            "30065,JPE{number:08},DCS-7816-SUP,{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x},{key}"
        )?;
    }
    Ok(file.flush()?)
}

/// A number of the right size that nobody has factors of serves as well here as a key.
fn key(number: u64) -> Vec<u8> {
    let seed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut modulus: Vec<u8> = (0..32).flat_map(|round| seed.rotate_left(round).to_be_bytes()).collect();
    if let [first, .., last] = modulus.as_mut_slice() {
        *first |= 0x80;
        *last |= 1;
    }
    [BEFORE_MODULUS, &modulus, AFTER_MODULUS].concat()
}
