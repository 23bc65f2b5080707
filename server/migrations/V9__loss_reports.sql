-- Losses reported at terminals: the tries that did not fit are counted from the trail, by meter and by terminal.
CREATE INDEX audit_loss_meter ON audit (tenant, object, at) WHERE act = 'card.loss' AND outcome = 'no_card';
CREATE INDEX audit_loss_actor ON audit (tenant, actor, at) WHERE act = 'card.loss' AND outcome = 'no_card';
