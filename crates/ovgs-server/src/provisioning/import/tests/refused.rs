//! Refused rows, as they are kept to be mended.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;

/// Keeps what a file of refused rows would hold.
#[derive(Default)]
struct Kept(Vec<u8>);

impl ImportListener for Kept {
    fn begin(&mut self, header: &[u8]) {
        self.line(header);
    }

    fn notice(&mut self, _: &Notice) {}

    fn refused(&mut self, row: &[u8]) {
        self.line(row);
    }
}

impl Kept {
    fn line(&mut self, text: &[u8]) {
        self.0.extend_from_slice(text);
        self.0.push(b'\n');
    }
}

impl Vendor {
    async fn rejects(&self, input: impl AsRef<[u8]>) -> String {
        let mut kept = Kept::default();
        let input = io::Cursor::new(input.as_ref().to_vec());
        self.provisioning.import_components(&self.by, input, &options(), &mut kept).await.expect("imported");
        String::from_utf8(kept.0).expect("text")
    }
}

#[tokio::test]
async fn im20_refused_rows_are_kept_as_they_stand_in_the_file() {
    let vendor = Vendor::new().await;
    let rows = [
        "model ,serial_number,ien,mac_addr",
        "\"a \"\"quoted\"\" one\",A1,7,",
        "M,A2,30065,",
        "\"two\nlines\",A3,30065,",
        "M,A4,30065",
        "M,A5,30065,,surplus",
        "M,,30065,001C73ABCD01",
    ];
    let file = rows.join("\r\n\r\n").replace("model ", "model");
    let kept: Vec<String> = rows
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != 2)
        .map(|(_, row)| row.replace("model ", "model"))
        .collect();
    assert_eq!(vendor.rejects(&file).await, kept.join("\n") + "\n");
}

#[tokio::test]
async fn im20_so_are_refused_json_lines() {
    let vendor = Vendor::new().await;
    let bad = [
        r#"{"ien" : "7", "serial_number":"A1"}"#,
        "nonsense",
        r#"{"ien":"30065","serial_number":"","model":"ü"}"#,
    ];
    let good = r#"{"ien":"30065","serial_number":"A2"}"#;
    let file = format!("{}\r\n\n{good}\n{}\n{}", bad[0], bad[1], bad[2]);
    assert_eq!(vendor.rejects(&file).await, format!("\n{}\n", bad.join("\n")));
}

#[tokio::test]
async fn im21_mended_rows_can_be_imported() {
    let vendor = Vendor::new().await;
    let rows: String =
        (0..12_000).map(|n| format!("{},A{n},M\n", if n % 1_000 == 7 { 7 } else { 30065 })).collect();
    let rejects = vendor.rejects(format!("ien,serial_number,model\n{rows}")).await;
    assert_eq!(rejects.lines().count(), 13);
    let mended = rejects.replace("\n7,", "\n30065,");
    assert_eq!(vendor.import(mended).await, tally(12, 0, 0, 0));
    assert_eq!(vendor.rejects(format!("ien,serial_number,model\n{rows}")).await, rejects);
}

#[tokio::test]
async fn im22_private_keys_in_the_wrong_column_are_neither_shown_nor_kept() {
    let vendor = Vendor::new().await;
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    let key = BASE64_STANDARD.encode(key.serialize_der());
    for row in [
        format!("{key},A1,,"),
        format!("30065,{key},,"),
        format!("30065,A1,{key},"),
        format!("30065,A1,,{key}"),
    ] {
        let file = format!("ien,serial_number,model,mac_addr\n{row}\n");
        let (said, rejects) = (vendor.import(&file).await, vendor.rejects(&file).await);
        assert!(said.contains("is a private key") && !said.contains(&key), "{said}");
        assert!(rejects.contains("(a private key was here)") && !rejects.contains(&key), "{rejects}");
    }
}

#[tokio::test]
async fn im22_private_keys_are_not_among_what_is_kept() {
    let vendor = Vendor::new().await;
    let key = rcgen::KeyPair::generate().expect("a key").serialize_pem();
    let concealed = "ien,serial_number,model,endorsement_key\n30065,A1,\"a, b\",(a private key was here)\n";
    let file = format!("ien,serial_number,model,endorsement_key\n30065,A1,\"a, b\",\"{key}\"\n");
    assert_eq!(vendor.rejects(&file).await, concealed);
    let (surplus, _) = concealed.split_at(concealed.len());
    assert_eq!(vendor.rejects(surplus).await, concealed, "it is refused again");
    let beyond = format!("ien,serial_number\n30065,A1,\"{key}\"\n");
    assert!(!vendor.rejects(&beyond).await.contains("BEGIN"));
    assert!(!vendor.import(&beyond).await.contains("BEGIN"));
    let line = serde_json::json!({"ien": "30065", "serial_number": "A1", "endorsement_key": key});
    let rejects = vendor.rejects(line.to_string()).await;
    assert!(rejects.contains("(a private key was here)") && !rejects.contains("BEGIN"), "{rejects}");
}

#[tokio::test]
async fn im22_private_keys_are_not_kept_of_rows_that_are_broken_or_nested() {
    let vendor = Vendor::new().await;
    let pair = rcgen::KeyPair::generate().expect("a key");
    let good = r#"{"ien": "30065", "serial_number": "A2"}"#;
    for key in [pair.serialize_pem(), BASE64_STANDARD.encode(pair.serialize_der())] {
        let (begin, end) =
            (key.lines().nth(1).unwrap_or(&key).to_owned(), serde_json::json!(key).to_string());
        for row in [
            format!(r#"{{"ien": "30065", "serial_number": "A1", "endorsement_key": {end}"#),
            format!(r#"{{"ien": "30065", "serial_number": {end} "A1"}}"#),
            format!(r#"{{"ien": "30065", "serial_number": "A1", "endorsement_key": [{{"key": {end}}}]}}"#),
        ] {
            let rejects = vendor.rejects(format!("{good}\n{row}\n")).await;
            assert!(rejects.contains("(a private key was here)") && !rejects.contains(&begin), "{rejects}");
            assert!(rejects.contains("A1"), "the rest stays: {rejects}");
        }
    }
}
