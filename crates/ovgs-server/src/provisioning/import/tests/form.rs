//! The form of the files: marks, line ends, quotes, and what cannot be read.

use super::*;

#[tokio::test]
async fn im08_byte_order_marks_line_ends_and_blank_lines_do_not_matter() {
    let vendor = Vendor::new().await;
    let file = "\u{feff}ien,serial_number,model\r\n30065,A1,M\r\n\r\n30065,A2,\"a, b\"\r\n7,A3,\r\n\r\n\n7,A5,\n30065,A4,M";
    expect![[r#"
        line 5, ien: `7` is not served here; add it to an issuer's `iens`
        line 8, ien: `7` is not served here; add it to an issuer's `iens`
        Tally { added: 3, updated: 0, unchanged: 0, refused: 2, converted: 0 }"#]]
    .assert_eq(&vendor.import(file).await);
    assert_eq!(vendor.texts(&part("30065", "A2")).await.model.as_deref(), Some("a, b"));
    assert_eq!(vendor.texts(&part("30065", "A4")).await.model.as_deref(), Some("M"));
}

#[tokio::test]
async fn im09_json_lines_say_the_same() {
    let vendor = Vendor::new().await;
    let file = format!(
        "\u{feff}{{\"ien\":\"30065\",\"serial_number\":\"A1\",\"model\":\"M\",\"endorsement_key\":\"{KEY}\"}}\r\n\n\
         {{\"ien\":30065,\"serial_number\":\"A2\",\"model\":null}}\n\
         {{\"ien\":\"30065\",\"serial_number\":\"A3\",\"modle\":\"M\"}}\n\
         {{\"ien\":\"30065\",\"serial_number\":\"A3\",\"model\":7}}\n\
         {{\"ien\":\"30065\",\"serial_number\":\"A3\",\"model\":\"M\",\"model\":\"N\"}}\n\
         {{\"serial_number\":\"A3\"}}\n\
         {{\"ien\":\"30065\",\n\
         [1]\n\
         {{\"ien\":\"30065\",\"serial_number\":\"A4\"}}"
    );
    expect![[r#"
        line 4, modle: is not a known column; the nearest one is `model`
        line 5, model: must be a text or null
        line 6, model: stands twice; remove one
        line 7, ien: must not be empty
        line 8, row: is not one JSON object: it ends too early at character 15
        line 9, row: is not one JSON object: it is something else at character 0
        Tally { added: 3, updated: 0, unchanged: 0, refused: 6, converted: 0 }"#]]
    .assert_eq(&vendor.import(&file).await);
    let again = "ien,serial_number,model\n30065,A1,M\n30065,A2,\n";
    assert_eq!(vendor.import(again).await, tally(0, 0, 2, 0));
}

#[tokio::test]
async fn im10_a_file_without_a_good_header_is_refused_whole() {
    let vendor = Vendor::new().await;
    let refused = async |input: &str, expected: Expect| expected.assert_eq(&vendor.refused(input).await);
    refused("", expect!["the input is empty; begin it with a header line such as `ien,serial_number,model`"])
        .await;
    refused(
        "\n\n",
        expect!["the input is empty; begin it with a header line such as `ien,serial_number,model`"],
    )
    .await;
    refused(
        "ien,serial_number,colour\n30065,A1,red\n",
        expect!["line 1, colour: is not a known column; the nearest one is `model`"],
    )
    .await;
    refused("ien,serial_number,ien\n", expect!["line 1, ien: stands twice in the header; remove one"]).await;
    refused("ien,model\n", expect!["line 1, serial_number: is missing from the header; every part has one"])
        .await;
    let elsewhere = ImportOptions { org: org("org-nobody"), ..options() };
    let error = vendor.try_import("ien,serial_number\n", &elsewhere).await.expect_err("refused");
    assert_eq!(error.to_string(), "organization `org-nobody` does not exist");
}

#[tokio::test]
async fn im11_a_quote_that_is_never_closed_does_not_eat_the_memory() {
    let vendor = Vendor::new().await;
    let file = format!("ien,serial_number,model\n30065,A1,\"{}", "30065,A2,M\n".repeat(200_000));
    expect![[r#"
        Tally { added: 0, updated: 0, unchanged: 0, refused: 0, converted: 0 }
        error: line 2, row: a quote is not closed"#]]
    .assert_eq(&vendor.import(&file).await);
    let line = format!(
        "{{\"ien\":\"30065\",\"serial_number\":\"{}\"}}\n{{\"ien\":\"30065\",\"serial_number\":\"A1\"}}\n",
        "x".repeat(2_000_000)
    );
    expect![[r#"
        line 1, row: is longer than 1048576 bytes
        Tally { added: 1, updated: 0, unchanged: 0, refused: 1, converted: 0 }"#]]
    .assert_eq(&vendor.import(&line).await);
}

#[tokio::test]
async fn im12_bytes_that_are_no_text_are_refused_where_they_stand() {
    let vendor = Vendor::new().await;
    let file = b"ien,serial_number,model\n30065,A1,\xff\n30065,A2,M\n";
    expect![[r#"
        line 2, model: is not UTF-8
        Tally { added: 1, updated: 0, unchanged: 0, refused: 1, converted: 0 }"#]]
    .assert_eq(&vendor.import(file).await);
}

/// An input that fails where another one would end.
struct Torn;

impl Read for Torn {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the cable is out"))
    }
}

#[tokio::test]
async fn im13_what_stands_before_a_row_that_cannot_be_read_is_taken() {
    let vendor = Vendor::new().await;
    let long = format!("ien,serial_number\n30065,A1\n7,A2\n30065,{}\n30065,A3\n", "x".repeat(2_000_000));
    expect![[r#"
        line 3, ien: `7` is not served here; add it to an issuer's `iens`
        Tally { added: 1, updated: 0, unchanged: 0, refused: 1, converted: 0 }
        error: line 4, row: is longer than 1048576 bytes"#]]
    .assert_eq(&vendor.import(long).await);
    let torn = &b"ien,serial_number\n30065,A1\n30065,B1\n30065,B"[..];
    expect![[r#"
        Tally { added: 1, updated: 0, unchanged: 1, refused: 0, converted: 0 }
        error: line 4: the input cannot be read"#]]
    .assert_eq(&vendor.import_from(torn.chain(Torn), &options()).await.expect("imported"));
    let torn = &b"{\"ien\":\"30065\",\"serial_number\":\"C1\"}\n{\"ien\":"[..];
    expect![[r#"
        Tally { added: 1, updated: 0, unchanged: 0, refused: 0, converted: 0 }
        error: line 2: the input cannot be read"#]]
    .assert_eq(&vendor.import_from(torn.chain(Torn), &options()).await.expect("imported"));
    assert!(vendor.provisioning.show_component(&part("30065", "C1")).await.is_ok());
}

#[tokio::test]
async fn im14_a_quote_that_is_not_closed_is_said_where_its_row_begins() {
    let vendor = Vendor::new().await;
    let file =
        "ien,serial_number,model\n30065,A1,\"two\nlines\"\n\n30065,A2,M\n30065,A3,\"M\n30065,A4,M\n30065,A5,";
    expect![[r#"
        line 2, model: contains U+000A; control, format and line-separator characters are not allowed
        line 6, row: a quote is not closed
        Tally { added: 1, updated: 0, unchanged: 0, refused: 2, converted: 0 }"#]]
    .assert_eq(&vendor.import(file).await);
    for last in ["30065,A6,\"M\"", "30065,A6,\"M\"\n", "30065,A6,\"M\"\r\n\r\n"] {
        let said = vendor.import(format!("ien,serial_number,model\n{last}")).await;
        assert!(said.ends_with("refused: 0, converted: 0 }"), "{said}");
    }
    let refused = vendor.refused("ien,\"serial_number\n30065,A1\n").await;
    assert_eq!(refused, "line 1, row: a quote is not closed");
}

#[tokio::test]
async fn im15_the_journal_has_the_order_of_the_file() {
    let vendor = Vendor::new().await;
    let serials: Vec<String> = (0..200).map(|n| format!("S{}", (n * 73) % 200)).collect();
    let file = |model: &str| {
        let rows: String = serials.iter().map(|serial| format!("30065,{serial},{model}\n")).collect();
        format!("ien,serial_number,model\n{rows}")
    };
    vendor.import(file("M")).await;
    vendor.update(&file("N")).await;
    let events: Vec<_> =
        vendor.provisioning.events(EventFilter::default()).try_collect().await.expect("events");
    let found: Vec<String> = events
        .into_iter()
        .filter_map(|recorded| match recorded.event {
            Event::ComponentAdded { component, .. } | Event::ComponentUpdated { component, .. } => {
                Some(component.serial_number.to_string())
            }
            _ => None,
        })
        .collect();
    assert_eq!(found, [serials.clone(), serials].concat());
}

#[tokio::test]
async fn im16_bits_that_belong_to_no_byte_are_named() {
    let vendor = Vendor::new().await;
    expect![[r#"
        line 2, idevid_issuer: is base64 whose last character has bits of no byte; encode it anew
        Tally { added: 0, updated: 0, unchanged: 0, refused: 1, converted: 0 }"#]]
    .assert_eq(&vendor.import("ien,serial_number,idevid_issuer\n30065,A1,AAB=\n").await);
}
