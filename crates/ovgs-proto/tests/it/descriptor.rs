//! The descriptor set says exactly what `wire.tsv` says, a line of that table for every element.

use std::collections::BTreeMap;

use ovgs_proto::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto, ServiceDescriptorProto,
};

const WIRE: &str = include_str!("../wire.tsv");
const PACKAGE_PREFIX: &str = ".ovgs.v1.";

fn file(name: &str) -> FileDescriptorProto {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    set.file.into_iter().find(|file| file.name() == name).unwrap()
}

fn line(cells: [&str; 6]) -> String {
    cells.join("\t")
}

/// How `wire.tsv` writes the name of a type: without our own package, as protobuf source would.
fn short(type_name: &str) -> &str {
    type_name.strip_prefix(PACKAGE_PREFIX).unwrap_or(type_name.trim_start_matches('.'))
}

fn scalar_or_named(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::String => "string".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Message | Type::Enum => short(field.type_name()).to_owned(),
        unknown_to_the_table => format!("{unknown_to_the_table:?}"),
    }
}

/// `map<K, V>` for a field whose type is a map's hidden entry message.
fn map_type(owner: &DescriptorProto, field: &FieldDescriptorProto) -> Option<String> {
    let entry = owner
        .nested_type
        .iter()
        .find(|nested| field.type_name().ends_with(&format!(".{}", nested.name())))?;
    assert!(entry.options.as_ref().is_some_and(|options| options.map_entry()));
    let cell = |number| entry.field.iter().find(|field| field.number() == number).map(scalar_or_named);
    Some(format!("map<{}, {}>", cell(1)?, cell(2)?))
}

fn notes(owner: &DescriptorProto, field: &FieldDescriptorProto, is_map: bool) -> String {
    let mut notes = Vec::new();
    if field.label() == Label::Repeated && !is_map {
        notes.push("repeated".to_owned());
    }
    let oneof = field.oneof_index.and_then(|index| owner.oneof_decl.get(usize::try_from(index).ok()?));
    notes.extend(oneof.map(|oneof| format!("oneof {}", oneof.name())));
    if field.options.as_ref().is_some_and(|options| options.deprecated()) {
        notes.push("deprecated".to_owned());
    }
    notes.join(" ")
}

fn message_lines(message: &DescriptorProto) -> Vec<String> {
    if message.field.is_empty() {
        return vec![line(["message", message.name(), "", "", "", "no fields"])];
    }
    let field_line = |field: &FieldDescriptorProto| {
        let map = map_type(message, field);
        let notes = notes(message, field, map.is_some());
        let field_type = map.unwrap_or_else(|| scalar_or_named(field));
        line(["field", message.name(), field.name(), &field.number().to_string(), &field_type, &notes])
    };
    message.field.iter().map(field_line).collect()
}

fn enum_lines(declared: &EnumDescriptorProto) -> Vec<String> {
    let value_line = |value: &prost_types::EnumValueDescriptorProto| {
        line(["enum", declared.name(), value.name(), &value.number().to_string(), "", ""])
    };
    declared.value.iter().map(value_line).collect()
}

fn service_lines(service: &ServiceDescriptorProto) -> Vec<String> {
    let method_line = |method: &MethodDescriptorProto| {
        let stream = |streams| if streams { "stream " } else { "" };
        let signature = format!(
            "{}{} -> {}{}",
            stream(method.client_streaming()),
            short(method.input_type()),
            stream(method.server_streaming()),
            short(method.output_type())
        );
        line(["rpc", service.name(), method.name(), "", &signature, ""])
    };
    service.method.iter().map(method_line).collect()
}

/// How often each line stands there, so that a doubled one shows too.
fn counted(lines: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

#[test]
fn descriptor_equals_the_wire_table() {
    let file = file("ovgs/v1/ovgs.proto");
    assert_eq!(file.package(), "ovgs.v1");
    let described = counted(
        (file.enum_type.iter().flat_map(enum_lines))
            .chain(file.message_type.iter().flat_map(message_lines))
            .chain(file.service.iter().flat_map(service_lines)),
    );
    let table = counted(WIRE.lines().filter(|line| !line.starts_with('#')).map(str::to_owned));

    let missing: Vec<_> = table.iter().filter(|(line, count)| described.get(*line) != Some(count)).collect();
    assert!(missing.is_empty(), "in wire.tsv, not in the descriptor: {missing:#?}");
    let surplus: Vec<_> = described.iter().filter(|(line, count)| table.get(*line) != Some(count)).collect();
    assert!(surplus.is_empty(), "in the descriptor, not in wire.tsv: {surplus:#?}");
}

#[test]
fn nothing_is_declared_that_the_wire_table_cannot_show() {
    let file = file("ovgs/v1/ovgs.proto");
    assert_eq!(file.syntax(), "proto3");
    assert!(file.extension.is_empty() && file.public_dependency.is_empty());
    assert_eq!(file.dependency, ["google/protobuf/timestamp.proto"]);
    for message in &file.message_type {
        let name = message.name();
        assert!(message.enum_type.is_empty(), "`{name}` nests an enum");
        assert!(
            message.nested_type.iter().all(|nested| nested.name().ends_with("Entry")),
            "`{name}` nests a message"
        );
        assert!(message.field.iter().all(|field| !field.proto3_optional()), "`{name}` has an optional field");
        assert!(message.reserved_range.is_empty() && message.reserved_name.is_empty(), "`{name}` reserves");
    }
}

#[test]
fn descriptor_set_is_closed_and_without_comments() {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    for file in &set.file {
        assert!(file.source_code_info.is_none(), "`{}` carries its comments", file.name());
        for import in &file.dependency {
            assert!(set.file.iter().any(|other| other.name() == import), "`{import}` is missing");
        }
    }
}
