//! From drafts to types: names followed, groups and bases put where they are named.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::Schemas;
use super::draft::{Attribute, Body, Declared, Draft, Member, ONCE, Occurs, Particle, Reference};
use crate::description::wsdl::tree::QName;
use crate::description::{Description, Field, MAX_FIELDS, Role, Shape, Struct, Type};
use crate::soap::is_schema;

/// Bases of bases, groups of groups and substitutes of substitutes are followed so far.
const MAX_NESTED: usize = 16;
/// A struct with what it extends has so many members at most; it is open where it would have more.
const MAX_MEMBERS: usize = 1000;

impl Schemas {
    /// The types and elements with all names followed, for the description.
    pub(in crate::description::wsdl) fn finish(&self, description: &mut Description) {
        let mut finisher =
            Finisher { schemas: self, left: MAX_FIELDS, first: self.types.len(), runs: Vec::new(), is_cut: false };
        let mut types: Vec<Type> = self.types.iter().map(|draft| finisher.finished(draft)).collect();
        if finisher.is_cut {
            description.notes.push(format!("its types have more than {MAX_MEMBERS} members, or {MAX_FIELDS} in all"));
        }
        types.append(&mut finisher.runs);
        description.types = types;
        for ((namespace, local), place) in &self.named {
            description.known.types.entry(local.clone()).or_default().push((namespace.clone(), *place));
        }
        // Of several with one local name the order is that of their namespaces, not of a hash.
        description.known.types.values_mut().for_each(|same| same.sort());
        for (name, element) in &self.elements {
            description.known.elements.entry(name.1.clone()).or_default().push(self.field(element, ONCE));
        }
        description.known.elements.values_mut().for_each(|same| same.sort_by(|a, b| a.namespace.cmp(&b.namespace)));
    }
}

struct Finisher<'s> {
    schemas: &'s Schemas,
    /// Fields that may still be made.
    left: usize,
    /// The place of the first run.
    first: usize,
    /// The types of what repeats as a whole; they have no name.
    runs: Vec<Type>,
    is_cut: bool,
}

/// The fields of one struct while they are gathered.
#[derive(Default)]
struct Gathered {
    fields: Vec<Field>,
    names: HashSet<String>,
    /// How many have no name of their own.
    unnamed: usize,
    is_cut: bool,
}

/// How often each name stood so far in one sequence.
type Level = HashMap<String, usize>;

impl<'s> Finisher<'s> {
    fn finished(&mut self, draft: &'s Draft) -> Type {
        let body = match draft {
            Draft::Is(reference) => return Type::Is(self.schemas.shape(reference)),
            Draft::Struct(body) => body,
        };
        let mut chain: Vec<&Body> = vec![body];
        while let Some(Draft::Struct(base)) = chain.last().and_then(|body| self.base(body)) {
            if chain.len() > MAX_NESTED {
                break;
            }
            chain.push(base);
        }
        let mut all = Gathered::default();
        match self.text(&chain) {
            Some(text) => {
                self.attributes(&chain, &mut all);
                if all.fields.is_empty() {
                    return Type::Is(text);
                }
                all.fields.insert(0, Field { role: Role::Text, required: false, ..Field::new("_value_1", text) });
            }
            None => {
                self.contents(&chain, &mut all);
                self.attributes(&chain, &mut all);
            }
        }
        self.is_cut |= all.is_cut;
        let open = all.is_cut || chain.iter().any(|body| body.open);
        Type::Struct(Struct {
            name: body.name.clone(),
            fields: all.fields,
            rest: open.then_some(Shape::Any),
            base: body.base.as_ref().and_then(|name| self.schemas.named.get(name)).copied(),
            is_abstract: body.is_abstract,
            is_choice: false,
        })
    }

    fn base(&self, body: &Body) -> Option<&'s Draft> {
        let schemas = self.schemas;
        schemas.types.get(*schemas.named.get(body.base.as_ref()?)?)
    }

    /// What is extended comes first (XML Schema Part 1 §3.4.2); a restriction says all that is left, or nothing.
    fn contents(&mut self, chain: &[&'s Body], into: &mut Gathered) {
        let mut contents = Vec::new();
        for (place, body) in chain.iter().enumerate() {
            // What many types extend costs its share each time.
            contents.push((&body.particles, place.min(1)));
            if !body.extends && !body.particles.is_empty() {
                break;
            }
        }
        let mut level = Level::new();
        for (particles, depth) in contents.into_iter().rev() {
            self.particles(particles, (into, &mut level), (ONCE, depth));
        }
    }

    /// What the characters of a type with simple content are; the types that it derives from may have such content, too.
    fn text(&self, chain: &[&Body]) -> Option<Shape> {
        let mut text = None;
        for body in chain {
            text = Some(body.text.as_ref()?);
        }
        // The last of the chain derives from a simple type.
        Some(self.schemas.shape(text?))
    }

    fn particles(&mut self, particles: &'s [Particle], into: (&mut Gathered, &mut Level), how: (Occurs, usize)) {
        let (all, level) = into;
        let (occurs, depth) = how;
        for particle in particles {
            if self.left == 0 || all.fields.len() == MAX_MEMBERS {
                all.is_cut = true;
                return;
            }
            self.left -= depth.min(1);
            match particle {
                Particle::Element(member) => self.element(member, (all, level), occurs),
                Particle::Part(own) => self.particles(own, (all, &mut Level::new()), how),
                Particle::Any(namespace) => {
                    let any = Field { namespace: namespace.clone(), ..Field::new("", Shape::Any) };
                    self.unnamed(Field { role: Role::Any, required: false, ..any }, all);
                }
                Particle::Run { particles, is_choice } if depth < MAX_NESTED => {
                    self.run((particles, *is_choice), all, (occurs.required, depth + 1));
                }
                Particle::Group(name, here) if depth < MAX_NESTED => {
                    let Some(group) = self.schemas.groups.get(name) else { continue };
                    let occurs = here.within(occurs);
                    if occurs.repeated && !matches!(group.as_slice(), [Particle::Element(_)]) {
                        self.run((group, false), all, (occurs.required, depth + 1));
                    } else {
                        self.particles(group, (all, level), (occurs, depth + 1));
                    }
                }
                Particle::Run { .. } | Particle::Group(..) => {}
            }
        }
    }

    /// What repeats as a whole is a list of structs.
    fn run(&mut self, what: (&'s [Particle], bool), into: &mut Gathered, (required, depth): (bool, usize)) {
        let (particles, is_choice) = what;
        let mut own = Gathered::default();
        self.particles(particles, (&mut own, &mut Level::new()), (ONCE, depth));
        into.is_cut |= own.is_cut;
        self.runs.push(Type::Struct(Struct { fields: own.fields, is_choice, ..Struct::default() }));
        let shape = Shape::Of(self.first + self.runs.len() - 1);
        self.unnamed(Field { role: Role::Run, required, repeated: true, ..Field::new("", shape) }, into);
    }

    fn unnamed(&mut self, field: Field, into: &mut Gathered) {
        into.unnamed += 1;
        let name = format!("_value_{}", into.unnamed);
        self.push(Field { name, ..field }, into);
    }

    fn push(&mut self, field: Field, into: &mut Gathered) {
        if self.left == 0 || into.fields.len() == MAX_MEMBERS {
            into.is_cut = true;
            return;
        }
        self.left -= 1;
        into.names.insert(field.name.clone());
        into.fields.push(field);
    }

    /// An element, or those that may stand instead of it.
    fn element(&mut self, member: &Member, into: (&mut Gathered, &mut Level), within: Occurs) {
        let (all, level) = into;
        let occurs = member.occurs.within(within);
        let Some(name) = &member.refers else {
            let field = self.schemas.field(&member.element, occurs);
            self.named(field, (all, level));
            return;
        };
        let Some(head) = self.schemas.elements.get(name) else {
            self.named(self.undeclared(name, occurs), (all, level));
            return;
        };
        let substitutes = self.substitutes(name);
        let occurs = Occurs { required: occurs.required && substitutes.is_empty(), ..occurs };
        for element in Some(head).filter(|head| !head.is_abstract).into_iter().chain(substitutes) {
            let field = self.schemas.field(element, occurs);
            self.named(field, (all, level));
        }
    }

    /// What is referred to and nobody declares; a schema itself is what .NET sends before its `DataSet`s.
    fn undeclared(&self, name: &QName, occurs: Occurs) -> Field {
        let (namespace, local) = name;
        let shape = match is_schema(namespace) {
            true => Shape::Any,
            false => Shape::Missing(format!("{{{namespace}}}{local}")),
        };
        let Occurs { required, repeated } = occurs;
        let namespace = Some(namespace.clone()).filter(|namespace| !namespace.is_empty());
        Field { namespace, required, repeated, ..Field::new(local.clone(), shape) }
    }

    fn substitutes(&self, head: &QName) -> Vec<&'s Declared> {
        let mut heads = vec![head];
        let mut seen: HashSet<&QName> = HashSet::from([head]);
        let mut found = Vec::new();
        while let Some(head) = heads.pop() {
            for name in self.schemas.substitutes.get(head).into_iter().flatten().take(MAX_MEMBERS - found.len()) {
                if seen.insert(name) {
                    heads.push(name);
                    found.extend(self.schemas.elements.get(name).filter(|element| !element.is_abstract));
                }
            }
        }
        found
    }

    /// An element that stands twice in one sequence has two names; in two branches of a choice it is one and the same.
    fn named(&mut self, field: Field, into: (&mut Gathered, &mut Level)) {
        let (all, level) = into;
        let before = level.entry(field.name.clone()).and_modify(|count| *count += 1).or_insert(0);
        match *before {
            0 if all.names.contains(&field.name) => {}
            0 => self.push(field, all),
            again => {
                let local = Some(field.name.clone());
                self.push(Field { name: format!("{}__{again}", field.name), local, ..field }, all);
            }
        }
    }

    /// The attributes of a type and of those that it derives from; what is said of one again counts.
    fn attributes(&mut self, chain: &[&'s Body], into: &mut Gathered) {
        let mut found: IndexMap<QName, Field> = IndexMap::new();
        let mut is_any = false;
        let mut waiting: Vec<(&'s Attribute, usize)> = Vec::new();
        for body in chain.iter().rev() {
            waiting.extend(body.attributes.iter().rev().map(|attribute| (attribute, 0)));
            while let Some((attribute, depth)) = waiting.pop() {
                if self.left == 0 {
                    into.is_cut = true;
                    return;
                }
                self.left -= 1;
                match attribute {
                    Attribute::Any => is_any = true,
                    Attribute::Prohibited(name) => drop(found.shift_remove(name)),
                    Attribute::Own { attribute, required } => {
                        self.attribute(attribute, Occurs { required: *required, ..ONCE }, &mut found)
                    }
                    Attribute::Refers { name, required } => {
                        let declared = self.schemas.attributes.get(name).cloned();
                        let declared = declared.unwrap_or_else(|| text_attribute(name));
                        self.attribute(&declared, Occurs { required: *required, ..ONCE }, &mut found);
                    }
                    Attribute::Group(name) if depth < MAX_NESTED && waiting.len() < MAX_MEMBERS => {
                        let group = self.schemas.attribute_groups.get(name).into_iter().flatten().rev();
                        waiting.extend(group.map(|attribute| (attribute, depth + 1)));
                    }
                    Attribute::Group(_) => {}
                }
            }
        }
        for (_, field) in found {
            let is_taken = into.names.contains(&field.name);
            let name = if is_taken { format!("attr__{}", field.name) } else { field.name.clone() };
            let local = is_taken.then_some(field.name);
            self.push(Field { name, local, ..field }, into);
        }
        if is_any {
            self.push(Field { role: Role::AnyAttribute, required: false, ..Field::new("_attr_1", Shape::Any) }, into);
        }
    }

    fn attribute(&self, declared: &Declared, occurs: Occurs, found: &mut IndexMap<QName, Field>) {
        let field = Field { role: Role::Attribute, ..self.schemas.field(declared, occurs) };
        let name = (field.namespace.clone().unwrap_or_default(), field.name.clone());
        if found.len() < MAX_MEMBERS || found.contains_key(&name) {
            found.insert(name, field);
        }
    }
}

/// An attribute that needs no declaration (`xml:lang`), or has none.
fn text_attribute((namespace, local): &QName) -> Declared {
    let what = Reference::Scalar(crate::soap::Kind::String, "string");
    Declared { name: local.clone(), namespace: Some(namespace.clone()), what, ..Declared::default() }
}
