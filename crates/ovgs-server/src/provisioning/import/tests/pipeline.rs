//! One batch is planned while the one before is being written.

use super::*;

/// More rows than three batches take, and rows of the first ones again.
fn long_file() -> String {
    let rows: String = (0..17_000).map(|n| format!("30065,A{n},M\n")).collect();
    format!("ien,serial_number,model\n{rows}")
}

#[tokio::test(flavor = "multi_thread")]
async fn im17_rows_see_what_the_batch_before_is_still_writing() {
    let vendor = Vendor::new().await;
    // The last rows of the first batch, and the first ones of the second: the same part changed, twice, and its namesake.
    let first: String = (0..4_998).map(|n| format!("30065,A{n},M\n")).collect();
    let rest: String = (0..5_000).map(|n| format!("30065,B{n},M\n")).collect();
    let seam = "30065,X,M1\n30065,Y,M1\n30065,X,M2\n30065,Y,M1\n2636,X,M1\n30065,X,M3\n30065,X,M3\n";
    let said = vendor.update(&format!("ien,serial_number,model\n{first}{seam}{rest}")).await;
    expect![[r#"
        line 5004, serial_number: `2636/X` has the serial number of `30065/X` under one root, so no voucher is issued for either until their `idevid_issuer` tells them apart
        Tally { added: 10001, updated: 2, unchanged: 2, refused: 0, converted: 0 }"#]]
    .assert_eq(&said);
    assert_eq!(vendor.texts(&part("30065", "X")).await.model.as_deref(), Some("M3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn im18_two_imports_of_one_file_at_once_enter_each_part_once() {
    let vendor = Vendor::new().await;
    let file = long_file();
    let count = async || {
        let mut silent = |_: &Notice| ();
        let input = io::Cursor::new(file.clone().into_bytes());
        let taken = vendor.provisioning.import_components(&vendor.by, input, &options(), &mut silent).await;
        taken.expect("imported")
    };
    let (one, other) = tokio::join!(count(), count());
    assert_eq!(one.added + other.added, 17_000);
    assert_eq!(one.unchanged + other.unchanged, 17_000);
    assert_eq!(vendor.import(&file).await, tally(0, 0, 17_000, 0));
}
