/// An element of a document.
pub(super) struct Element {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}
