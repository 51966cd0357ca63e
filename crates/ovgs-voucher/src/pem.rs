//! PEM as files hold it (RFC 7468): any number of sections, and text between them.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Invalid;

/// One `-----BEGIN LABEL-----` section.
pub(crate) struct Section<'a> {
    pub(crate) label: &'a str,
    body: &'a str,
}

impl Section<'_> {
    /// The decoded octets. Lines may have any length.
    pub(crate) fn octets(&self) -> Result<Vec<u8>, Invalid> {
        base64_text(self.body).ok_or(Invalid::Pem)
    }

    /// What stands between the two boundary lines.
    #[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
    pub(crate) fn body(&self) -> &str {
        self.body
    }
}

/// All sections of `text`, in order.
///
/// # Errors
/// [`Invalid::Pem`] for a section that does not end, or ends under another label.
pub(crate) fn sections(text: &str) -> Result<Vec<Section<'_>>, Invalid> {
    const BEGIN: &str = "-----BEGIN ";
    const DASHES: &str = "-----";
    let mut sections = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once(DASHES).ok_or(Invalid::Pem)?;
        let (body, after) = after.split_once("-----END ").ok_or(Invalid::Pem)?;
        let after =
            after.strip_prefix(label).and_then(|after| after.strip_prefix(DASHES)).ok_or(Invalid::Pem)?;
        sections.push(Section { label, body });
        rest = after;
    }
    Ok(sections)
}

/// What `read` makes of each section with this label, in order; `none` if there is no such section.
///
/// # Errors
/// [`Invalid`] as well if the text or a section of it is broken.
pub(crate) fn all_of<T>(
    pem: &[u8],
    label: &str,
    none: Invalid,
    read: impl Fn(Vec<u8>) -> Result<T, Invalid>,
) -> Result<Vec<T>, Invalid> {
    let text = std::str::from_utf8(pem).map_err(|_| Invalid::Pem)?;
    let sections = sections(text)?;
    let wanted = sections.iter().filter(|section| section.label == label);
    let all = wanted.map(|section| read(section.octets()?)).collect::<Result<Vec<_>, _>>()?;
    if all.is_empty() { Err(none) } else { Ok(all) }
}

/// Decodes padded standard base64 with white space anywhere.
pub(crate) fn base64_text(text: &str) -> Option<Vec<u8>> {
    let bare: Vec<u8> = text.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(bare).ok()
}
