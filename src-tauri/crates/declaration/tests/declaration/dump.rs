use crate::authority::AUTHORITY;
use crate::journey::*;
#[test]
fn dump() {
    std::fs::create_dir_all("/tmp/decl/out").unwrap();
    let _ = AUTHORITY.employee.certificate();
    let t0 = std::time::Instant::now();
    let _ = draft(&AUTHORITY.employee);
    eprintln!("cold render {:?}", t0.elapsed());
    let s = signed(&AUTHORITY.employee);
    for i in 0..6 {
        let mut a = acceptance(&AUTHORITY.employee, &declaration::terms::shipped()[0]);
        a.declaration_id = uuid::Uuid::from_u128(i);
        let t0 = std::time::Instant::now();
        let _ = declaration::DraftDeclaration::render(
            a,
            &declaration::terms::shipped()[0],
            AUTHORITY.employee.certificate(),
        )
        .unwrap();
        eprintln!("other render {:?}", t0.elapsed());
    }
    let t0 = std::time::Instant::now();
    let d = draft(&AUTHORITY.employee);
    eprintln!("render {:?}", t0.elapsed());
    let t0 = std::time::Instant::now();
    let _ = d.clone().sign(&AUTHORITY.employee.key, &AUTHORITY.employee.chain[..2]);
    eprintln!("sign {:?}", t0.elapsed());
    let t0 = std::time::Instant::now();
    let r = declaration::verify(
        s.pdf(),
        std::slice::from_ref(&AUTHORITY.anchor),
        pki::Profile::PracticeEmployee,
        crate::authority::now(),
    );
    eprintln!("verify {:?} {:?}", t0.elapsed(), r.indication);
    let t0 = std::time::Instant::now();
    let _ = declaration::verify_declaration(
        s.pdf(),
        std::slice::from_ref(&AUTHORITY.anchor),
        pki::Profile::PracticeEmployee,
        crate::authority::now(),
        declaration::terms::shipped(),
    );
    eprintln!("verify_declaration {:?}", t0.elapsed());
    std::fs::write("/tmp/decl/out/draft.pdf", draft(&AUTHORITY.employee).pdf()).unwrap();
    std::fs::write("/tmp/decl/out/signed.pdf", s.pdf()).unwrap();
    std::fs::write("/tmp/decl/out/root.pem", AUTHORITY.anchor.certificate().to_pem()).unwrap();
    std::fs::write(
        "/tmp/decl/out/receipt.pdf",
        declaration::receipt::issue(&receipt_for(&s), &AUTHORITY.seal.key, &AUTHORITY.seal.chain[..2]).unwrap(),
    )
    .unwrap();
    std::fs::write(
        "/tmp/decl/out/terms-da.pdf",
        declaration::render_terms(&declaration::terms::shipped()[0], crate::authority::now()).unwrap(),
    )
    .unwrap();
    std::fs::write(
        "/tmp/decl/out/terms-en.pdf",
        declaration::render_terms(&declaration::terms::shipped()[1], crate::authority::now()).unwrap(),
    )
    .unwrap();
    let t = &declaration::terms::shipped()[1];
    let h = &AUTHORITY.employee;
    std::fs::write(
        "/tmp/decl/out/draft-en.pdf",
        declaration::DraftDeclaration::render(acceptance(h, t), t, h.certificate()).unwrap().pdf(),
    )
    .unwrap();
    let (h, _) =
        crate::authority::employee_named(&format!("#panic(\"x\") *fed* $x^2$ \\ [navn] Æ {}", "Langtnavn".repeat(4)));
    std::fs::write("/tmp/decl/out/hostile.pdf", draft(&h).pdf()).unwrap();
}
