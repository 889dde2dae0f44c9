//! The content models and attributes of types, as they are written.

use super::Schemas;
use super::draft::{Attribute, Member, Occurs, Particle, Scope};
use crate::description::wsdl::tree::Element;
use crate::soap::is_schema;

impl Schemas {
    /// The particles of a content model. As deep as the document, which is capped.
    pub(super) fn particles(&mut self, parent: Element<'_, '_>, scope: &Scope<'_>, into: (&mut Vec<Particle>, Occurs)) {
        let (particles, all) = into;
        for child in parent.children().filter(|child| is_schema(child.namespace())) {
            let Some(occurs) = Occurs::of(child, all) else { continue };
            match child.local() {
                "element" => {
                    let member = self.member(child, scope, occurs);
                    particles.push(Particle::Element(Box::new(member)));
                }
                "group" => {
                    particles.extend(scope.name(child, "ref").map(|name| Particle::Group(name, occurs)));
                }
                "any" => particles.push(Particle::Any(wildcard(child, scope))),
                "sequence" | "all" | "choice" => {
                    let is_alternative = parent.local() == "choice";
                    self.model(child, scope, (particles, occurs, is_alternative));
                }
                _ => {}
            }
        }
    }

    /// A sequence or choice. `is_alternative` where it is one of those of a choice.
    fn model(&mut self, model: Element<'_, '_>, scope: &Scope<'_>, into: (&mut Vec<Particle>, Occurs, bool)) {
        let (particles, occurs, is_alternative) = into;
        let is_choice = model.local() == "choice";
        let is_run = occurs.repeated && is_several(model);
        let within = Occurs {
            required: !is_choice && (is_run || (occurs.required && !is_alternative)),
            repeated: occurs.repeated && !is_run,
        };
        if !(is_run || is_choice || is_alternative) {
            self.particles(model, scope, (particles, within));
            return;
        }
        let mut own = Vec::new();
        self.particles(model, scope, (&mut own, within));
        particles.push(if is_run { Particle::Run { particles: own, is_choice } } else { Particle::Part(own) });
    }

    fn member(&mut self, element: Element<'_, '_>, scope: &Scope<'_>, occurs: Occurs) -> Member {
        let namespace = scope.of_element(element);
        Member { element: self.declared(element, scope, namespace), refers: scope.name(element, "ref"), occurs }
    }

    /// The attributes that a type, an extension or a group of attributes declares itself.
    pub(super) fn attributes_of(&mut self, parent: Element<'_, '_>, scope: &Scope<'_>) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        for child in parent.children().filter(|child| is_schema(child.namespace())) {
            let required = child.attribute("use") == Some("required");
            let refers = scope.name(child, "ref");
            match (child.local(), refers) {
                ("attribute", Some(name)) => attributes.push(Attribute::Refers { name, required }),
                ("attribute", None) => {
                    let namespace = scope.of_attribute(child);
                    let attribute = self.declared(child, scope, namespace);
                    attributes.push(match child.attribute("use") {
                        Some("prohibited") => {
                            Attribute::Prohibited((attribute.namespace.unwrap_or_default(), attribute.name))
                        }
                        _ => Attribute::Own { attribute, required },
                    });
                }
                ("attributeGroup", Some(name)) => attributes.push(Attribute::Group(name)),
                ("anyAttribute", _) => attributes.push(Attribute::Any),
                _ => {}
            }
        }
        attributes
    }
}

/// The one namespace that the elements of a wildcard have; `None` where it leaves that open.
fn wildcard(any: Element<'_, '_>, scope: &Scope<'_>) -> Option<String> {
    match any.attribute("namespace").unwrap_or("##any") {
        "##targetNamespace" => Some(scope.target.to_owned()),
        "##any" | "##other" | "##local" | "" => None,
        several if several.contains(char::is_whitespace) => None,
        one => Some(one.to_owned()),
    }
}

/// True where more than one element may stand in it: one alone repeats as itself.
fn is_several(model: Element<'_, '_>) -> bool {
    let mut found = 0;
    let mut waiting = vec![model];
    while let Some(model) = waiting.pop() {
        for child in model.children() {
            match child.local() {
                "element" | "any" => found += 1,
                "group" => found += 2,
                "sequence" | "choice" | "all" => waiting.push(child),
                _ => {}
            }
            if found > 1 {
                return true;
            }
        }
    }
    false
}
